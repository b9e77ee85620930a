// The programs' main: errors become one line and an exit code.
//   0 done; 1 the input was bad, one line on stderr; 2 wrong usage, one line and where help is; 130 stopped
//   by Ctrl-C (143 by SIGTERM) and saved, one line that says how to go on.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "native/cli/interrupt.h"
#include "native/cli/main.h"
#include "native/cli/output.h"
#include "native/cli/terminal.h"
#include "native/io/failure.h"

namespace atome::cli {
namespace {

constexpr int kBadInput = 1;
constexpr int kBadUsage = 2;

// Opens what the caller has closed, so that no file of ours gets number 0, 1 or 2 and then receives
// messages. Writing to them still fails, because they are open for reading only.
void keep_standard_streams() {
    for (;;) {
        const int fd = ::open("/dev/null", O_RDONLY);
        if (fd < 0) return;
        if (fd > 2) {
            ::close(fd);
            return;
        }
    }
}

int fail(std::string_view message, int code) {
    std::fprintf(stderr, "atome: %s\n", printable(message).c_str());
    return code;
}

int run(int argc, char** argv, std::initializer_list<AddCommand> commands) {
    Program app("Atome: tiny routed-ternary language models that train, run and say what they do.", "atome",
                "atome " ATOME_VERSION);
    app.footer(
        "Every command has options and an example: atome COMMAND --help\n"
        "Example:\n  atome generate model.atome --prompt \"Once upon a time\" -n 200");
    for (const AddCommand add : commands) add(app);

    try {
        if (const std::optional<std::string> text = app.parse({argv + 1, argv + argc})) {
            print(*text);
        } else if (app.chosen().empty()) {
            std::fputs(app.help().c_str(), stderr);
            return kBadUsage;
        }
    } catch (const UsageError& e) {
        const std::string command = app.chosen().empty() ? "atome" : "atome " + app.chosen();
        return fail(fmt::format("{} (see {} --help)", e.what(), command), kBadUsage);
    }
    flush_output();
    return 0;
}

}  // namespace

int run_main(int argc, char** argv, std::initializer_list<AddCommand> commands) {
    keep_standard_streams();
    // A reader that goes away shows as EPIPE, not as a signal.
    std::signal(SIGPIPE, SIG_IGN);
    // So does a limit on file sizes, as EFBIG.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv, commands);
    } catch (const OutputClosed&) {
        return 0;
    } catch (const Interrupted& e) {
        return fail(e.what(), e.exit_code());
    } catch (const std::bad_alloc&) {
        return fail("out of memory: use a smaller model, window or batch", kBadInput);
    } catch (const std::exception& e) {
        return fail(e.what(), kBadInput);
    } catch (...) {
        return fail("an unknown error", kBadInput);
    }
}

}  // namespace atome::cli
