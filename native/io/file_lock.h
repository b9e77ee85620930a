// One process at a time.
#pragma once

#include <memory>
#include <string>

namespace atome::cli {

// Held for as long as this lives, or until the process ends in whatever way. The file is there only so that
// it can be locked; it is removed at the end.
class FileLock {
  public:
    // Waits while another process holds it, and says so on stderr: "PATH: BUSY: waiting". Where the file
    // system knows no locks, several may hold it at once. Throws Failure where the file cannot be made.
    FileLock(const std::string& path, const std::string& busy);
    // The same, but for a lock that is held: null.
    static std::unique_ptr<FileLock> try_lock(const std::string& path);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    FileLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
    std::string path_;
    int fd_;
};

// For work that takes long and then writes the file `path`: "PATH.lock", where links lead to, is locked.
// Throws Failure("PATH: BUSY") where another process holds it. Null for a device or a pipe, which many may
// write to.
std::unique_ptr<FileLock> lock_output(const std::string& path, const std::string& busy);

}  // namespace atome::cli
