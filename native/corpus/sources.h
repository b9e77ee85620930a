// Corpora on the network that `atome corpus` knows by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace atome::cli {

struct Source {
    std::string_view name;     // as on the command line
    std::string_view licence;  // SPDX-like, for the reader to check
    std::string_view about;    // one sentence
    std::string_view base;     // in front of every entry of `pages`
    std::span<const std::string_view> pages;
    // Not 0: the file is huge, and its beginning is enough. This many bytes if no amount is asked for.
    uint64_t prefix_bytes = 0;
    // Of a zip archive: take the .md files in these folders, parted by commas. Empty: no archive.
    std::string_view zip_folders = {};
};

std::span<const Source> sources();
// nullptr when there is no source of this name.
const Source* find_source(std::string_view name);

// The text of an archive's wanted members, parted by blank lines, in the order of their names.
// `where` names the archive in messages. Throws Failure.
std::string unpack_pages(const Source& source, std::string_view archive, const std::string& where);

}  // namespace atome::cli
