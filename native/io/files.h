// Reading and replacing whole files, with errors that name the file and the system's reason.
//
// Every function throws Failure with one line: "PATH: what is wrong (what would be right)".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "native/io/failure.h"

namespace atome::cli {

// A bound for callers without a better one: 1 GiB.
inline constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

// The whole file, at most `max_bytes` (more is a Failure, and no more than that is ever read). Pipes and
// devices such as /dev/stdin are read to their end. A directory is a Failure.
std::vector<uint8_t> read_file(const std::string& path, uint64_t max_bytes = kMaxFileBytes);
// The same as text: bytes as they are.
std::string read_text(const std::string& path, uint64_t max_bytes = kMaxFileBytes);

// Replaces or creates `path` so that a reader, or a crash at any moment, finds the old bytes or the new
// ones and never a part: a temporary file in the same folder, fsync, rename, fsync of the folder. On an
// error (disk full, no permission, no such folder) the temporary file is removed, the old file stays as
// it was, and a Failure says why. A symbolic link is followed, and an existing file's permission bits are
// kept. A directory is refused; a device or a pipe is written to in place. A process that is killed leaves
// its temporary file, ".NAME.atome-PID-N.tmp"; the next one to write, or to ask for, the same file removes
// it.
void write_file_atomic(const std::string& path, std::span<const uint8_t> bytes);
void write_file_atomic(const std::string& path, std::string_view text);

// For work that takes long: throws now what write_file_atomic() would throw later for a path that cannot be
// written to. Leaves everything as it is, but for temporary files of writers that were killed.
void require_writable(const std::string& path);

// "m.safetensors" and "best" give "m.best.safetensors".
std::string beside(const std::string& path, const std::string& word);

// Gives the file of that name, where there is one, a second name that is free, which is returned:
// M.previous.EXT, then M.previous-2.EXT and so on. So nothing is lost when write_file_atomic() comes to it.
// Nothing for devices and pipes. Throws Failure.
std::optional<std::string> keep_previous(const std::string& path);

// Where write_file_atomic() puts the file: behind links. Empty for a device or a pipe. Throws Failure.
std::string file_behind(const std::string& path);

// True when `path` still names the file that is open as `fd`.
bool still_names(const std::string& path, int fd);

// True when both paths lead to the same file: the same device and inode or, when neither exists yet, the
// same absolute normalised path.
bool same_file(const std::string& a, const std::string& b);

}  // namespace atome::cli
