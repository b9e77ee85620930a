#include "native/compare/children.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cerrno>
#include <csignal>
#include <system_error>

#include "native/io/failure.h"

namespace atome::cli {

Children::~Children() {
    interrupt();
    for (const Child& c : children_)
        while (::waitpid(c.pid, nullptr, 0) < 0 && errno == EINTR) {
        }
}

void Children::start(std::size_t id, const std::vector<std::string>& words, const std::string& log) {
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0) throw Failure(log + ": cannot be opened: " + std::generic_category().message(errno));
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        // Only calls that are safe between fork and exec.
        ::setpgid(0, 0);
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
#ifdef __linux__
        ::prctl(PR_SET_PDEATHSIG, SIGINT);
#endif
        if (::getppid() != parent) ::_exit(1);
        const int in = ::open("/dev/null", O_RDONLY);
        if (in < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(1);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    const int error = errno;
    ::close(out);
    if (pid < 0) throw Failure("a process cannot be started: " + std::generic_category().message(error));
    children_.push_back({pid, id});
}

std::optional<Children::Ended> Children::poll() {
    for (std::size_t i = 0; i < children_.size(); i++) {
        int status = 0;
        if (::waitpid(children_[i].pid, &status, WNOHANG) != children_[i].pid) continue;
        const Ended ended{children_[i].id, status};
        children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
        return ended;
    }
    return std::nullopt;
}

void Children::interrupt() {
    for (const Child& c : children_) ::kill(c.pid, SIGINT);
}

}  // namespace atome::cli
