#include "native/cli/output.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "native/io/failure.h"

namespace atome::cli {
namespace {

[[noreturn]] void fail(int error) {
    if (error == EPIPE) throw OutputClosed();
    throw Failure("standard output: cannot be written: " + std::generic_category().message(error));
}

}  // namespace

void print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail(errno);
}

void flush_output() {
    errno = 0;
    if (std::fflush(stdout) != 0) fail(errno);
    // An earlier write failed and its error was lost.
    if (std::ferror(stdout)) fail(EIO);
}

void print_json(const Json& json) { print(json.dump() + "\n"); }

double json_number(float value) { return std::strtod(fmt::format("{:.9g}", value).c_str(), nullptr); }

}  // namespace atome::cli
