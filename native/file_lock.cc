#include "native/file_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "native/command.h"

namespace atome::cli {
namespace {

// False where there are no locks.
bool lock(int fd, const std::string& path, const std::string& busy) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) fmt::print(stderr, "{}: {}: waiting\n", path, busy);
    while (::flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) return false;
    return true;
}

// Whoever held the lock has removed the file that was open here, and another may have made a new one.
bool is_still(int fd, const std::string& path) {
    struct stat held {
    }, named{};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

}  // namespace

FileLock::FileLock(const std::string& path, const std::string& busy) : path_(path) {
    for (;;) {
        fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd_ < 0) throw Failure(path + ": cannot be opened: " + std::generic_category().message(errno));
        if (!lock(fd_, path, busy) || is_still(fd_, path)) return;
        ::close(fd_);
    }
}

FileLock::~FileLock() {
    ::unlink(path_.c_str());
    ::close(fd_);
}

}  // namespace atome::cli
