#include "native/io/file_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "native/io/failure.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

int open_lock(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) throw Failure(path + ": cannot be opened: " + std::generic_category().message(errno));
    return fd;
}

// False where there are no locks.
bool lock(int fd, const std::string& path, const std::string& busy) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) fmt::print(stderr, "{}: {}: waiting\n", path, busy);
    while (::flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) return false;
    return true;
}

}  // namespace

// Whoever held a lock has removed the file that was open here, and another may have made a new one: hence
// still_names().
FileLock::FileLock(const std::string& path, const std::string& busy) : path_(path) {
    for (;;) {
        fd_ = open_lock(path);
        if (!lock(fd_, path, busy) || still_names(path, fd_)) return;
        ::close(fd_);
    }
}

std::unique_ptr<FileLock> FileLock::try_lock(const std::string& path) {
    for (;;) {
        const int fd = open_lock(path);
        const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
        const bool held = !locked && errno == EWOULDBLOCK;
        if (!held && (!locked || still_names(path, fd)))
            return std::unique_ptr<FileLock>(new FileLock(path, fd));
        ::close(fd);
        if (held) return nullptr;
    }
}

FileLock::~FileLock() {
    ::unlink(path_.c_str());
    ::close(fd_);
}

std::unique_ptr<FileLock> lock_output(const std::string& path, const std::string& busy) {
    const std::string file = file_behind(path);
    if (file.empty()) return nullptr;
    std::unique_ptr<FileLock> held = FileLock::try_lock(file + ".lock");
    if (!held) throw Failure(path + ": " + busy);
    return held;
}

}  // namespace atome::cli
