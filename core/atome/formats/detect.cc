#include "atome/formats/detect.h"

#include <cstring>

#include "atome/base/bytes.h"
#include "atome/formats/legacy.h"
#include "atome/formats/safetensors.h"
#include "atome/model/file_layout.h"

namespace atome {

namespace {

struct Foreign {
    std::string_view start;
    std::string_view what;
};

// What people hand over by mistake.
constexpr Foreign kForeign[] = {
    {"<!DOCTYPE", "an HTML page, perhaps a failed download"},
    {"<!doctype", "an HTML page, perhaps a failed download"},
    {"<html", "an HTML page, perhaps a failed download"},
    {"<HTML", "an HTML page, perhaps a failed download"},
    {"\x1f\x8b", "gzip data: decompress it first"},
    {"GGUF", "a GGUF file of llama.cpp"},
    {"\x7f"
     "ELF",
     "an ELF program"},
    {"version https://git-lfs", "a Git LFS pointer: fetch the file itself with git lfs pull"},
    {"\x89"
     "ATM",
     "an .atome file that a transfer as text has changed"},
    {"ATOME", "a version of the ATOME format that is not known here"},
};

bool starts_with(const uint8_t* data, std::size_t size, std::string_view start) {
    return size >= start.size() && std::memcmp(data, start.data(), start.size()) == 0;
}

std::string_view guess(const uint8_t* data, std::size_t size) {
    for (const Foreign& f : kForeign)
        if (starts_with(data, size, f.start)) return f.what;
    // Pickles of protocol 2 and more: torch.save before PyTorch 1.6.
    if (size > 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5)
        return "a bare pickle, as of torch.save before 1.6: save it again";
    return "unknown content";
}

}  // namespace

std::string_view name(FileFormat format) {
    constexpr std::string_view kNames[] = {"atome",       "atome01", "atome02", "atomep3",
                                           "safetensors", "pt",      "unknown"};
    return kNames[static_cast<unsigned>(format)];
}

FileFormat detect(const uint8_t* data, std::size_t size) {
    if (size >= sizeof layout::kMagic && std::memcmp(data, layout::kMagic, sizeof layout::kMagic) == 0)
        return FileFormat::atome;
    LegacyFormat legacy;
    if (detect_legacy(data, size, &legacy))
        return legacy == LegacyFormat::atome01   ? FileFormat::atome01
               : legacy == LegacyFormat::atome02 ? FileFormat::atome02
                                                 : FileFormat::atomep3;
    if (starts_with(data, size, "PK\x03\x04")) return FileFormat::pt;
    // A safetensors file starts with the length of its header, whose first character is a brace. Files cut
    // off inside the header still count: the parser says what is wrong with them.
    if (size > 8 && data[8] == '{' && load<uint64_t>(data) <= kMaxSafetensorsHeader)
        return FileFormat::safetensors;
    return FileFormat::unknown;
}

Status unknown_format(const uint8_t* data, std::size_t size) {
    if (size == 0)
        return Status::error(
            Code::bad_file,
            "the file is empty: expected .atome, ATOME01, ATOME02, ATOMEP3, .safetensors, .pt");
    Text first;
    for (std::size_t i = 0; i < size && i < 8; i++) {
        const char hex[4] = {i > 0 ? ' ' : '\0', "0123456789ABCDEF"[data[i] >> 4],
                             "0123456789ABCDEF"[data[i] & 15], '\0'};
        first.append(std::string_view(i > 0 ? hex : hex + 1));
    }
    return Status::error(Code::bad_file, "not a model: ", guess(data, size), " (first bytes ", first.view(),
                         "); expected .atome, ATOME01, ATOME02, ATOMEP3, .safetensors, .pt");
}

}  // namespace atome
