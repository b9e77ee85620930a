// One process at a time.
#pragma once

#include <string>

namespace atome::cli {

// Held for as long as this lives, or until the process ends in whatever way. The file is there only so that
// it can be locked; it is removed at the end.
class FileLock {
  public:
    // Waits while another process holds it, and says so on stderr: "PATH: BUSY: waiting". Where the file
    // system knows no locks, several may hold it at once. Throws Failure where the file cannot be made.
    FileLock(const std::string& path, const std::string& busy);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    std::string path_;
    int fd_;
};

}  // namespace atome::cli
