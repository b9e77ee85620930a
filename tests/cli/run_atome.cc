#include "tests/cli/run_atome.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace atome::test {
namespace {

std::string read_all(int fd) {
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    ::close(fd);
    return text;
}

void limit(int resource, uint64_t bytes) {
    const rlimit both = {bytes, bytes};
    if (bytes > 0 && ::setrlimit(resource, &both) != 0) ::_exit(126);
}

// As pipe2, with a terminal in raw mode as the end that is written to.
int terminal_pair(int fds[2]) {
    termios raw{};
    ::cfmakeraw(&raw);
    if (::openpty(&fds[0], &fds[1], nullptr, &raw, nullptr)) return -1;
    ::fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    ::fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

}  // namespace

RunResult run_atome(const std::vector<std::string>& args, const RunOptions& options) {
    // The child may end before it has read its input.
    std::signal(SIGPIPE, SIG_IGN);
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) || ::pipe2(err, O_CLOEXEC)) return {};
    if (options.terminal ? terminal_pair(out) : ::pipe2(out, O_CLOEXEC)) return {};
    std::vector<std::string> words = {ATOME_PROGRAM};
    words.insert(words.end(), args.begin(), args.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const pid_t child = ::fork();
    if (child == 0) {
        for (const std::string& variable : options.environment) ::putenv(const_cast<char*>(variable.c_str()));
        std::signal(SIGPIPE, SIG_DFL);
        ::dup2(in[0], 0);
        ::dup2(err[1], 2);
        if (options.close_out)
            ::close(1);
        else if (!options.out_to.empty())
            ::dup2(::open(options.out_to.c_str(), O_WRONLY), 1);
        else
            ::dup2(out[1], 1);
        if (options.reader_leaves) ::close(out[0]);
        limit(RLIMIT_AS, options.memory);
        limit(RLIMIT_FSIZE, options.file_size);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    if (options.reader_leaves) {
        ::close(out[0]);
        out[0] = -1;
    }
    RunResult result;
    std::thread feed([&] {
        std::size_t at = 0;
        while (at < options.input.size()) {
            const ssize_t n = ::write(in[1], options.input.data() + at, options.input.size() - at);
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
        }
        ::close(in[1]);
    });
    std::thread errors([&] { result.err = read_all(err[0]); });
    if (out[0] >= 0) result.out = read_all(out[0]);
    errors.join();
    feed.join();
    int status = 0;
    ::waitpid(child, &status, 0);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result;
}

nlohmann::json run_json(std::vector<std::string> args) {
    args.push_back("--json");
    const RunResult r = run_atome(args);
    EXPECT_EQ(r.code, 0) << r.err;
    nlohmann::json object = nlohmann::json::parse(r.out, nullptr, false);
    EXPECT_TRUE(object.is_object()) << r.out.substr(0, 500);
    EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n'), 1);
    return object;
}

std::string expect_failure(const RunResult& r, int code, bool may_print) {
    EXPECT_EQ(r.code, code) << r.err;
    EXPECT_EQ(r.err.rfind("atome: ", 0), 0u) << r.err;
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
    EXPECT_TRUE(!r.err.empty() && r.err.back() == '\n') << r.err;
    EXPECT_TRUE(may_print || r.out.empty()) << r.out;
    return r.err;
}

TempDir::TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "atome-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) ADD_FAILURE() << "cannot make " << name;
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TempDir::files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
        names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void write_bytes(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

}  // namespace atome::test
