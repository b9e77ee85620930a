// The `atome` program: its commands, its errors, its exit codes.
//   0 done; 1 the input was bad, one line on stderr; 2 wrong usage, one line and where help is; 130 stopped
//   by Ctrl-C (143 by SIGTERM) and saved, one line that says how to go on.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <sstream>

#include "native/command.h"
#include "native/interrupt.h"
#include "native/output.h"
#include "native/terminal.h"

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

// The command that the words chose, as the user would type it.
std::string command_of(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? "atome" : "atome " + chosen.front()->get_name();
}

int usage_error(const CLI::App& app, const CLI::ParseError& e) {
    std::string what = e.what();
    while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
    return fail(fmt::format("{} (see {} --help)", what, command_of(app)), kBadUsage);
}

int run(int argc, char** argv) {
    CLI::App app("Atome: tiny routed-ternary language models that train, run and say what they do.", "atome");
    app.set_version_flag("--version", "atome " ATOME_VERSION);
    app.require_subcommand(0, 1);
    app.get_formatter()->column_width(34);
    app.footer(
        "Every command has options and an example: atome COMMAND --help\n"
        "Example:\n  atome generate model.atome --prompt \"Once upon a time\" -n 200");
    add_serve(app);
    add_corpus(app);
    add_train(app);
    add_distill(app);
    add_compare(app);
    add_eval(app);
    add_calibrate(app);
    add_generate(app);
    add_sample(app);
    add_chat(app);
    add_trace(app);
    add_export(app);
    add_inspect(app);
    add_fit(app);
    add_bench(app);

    try {
        app.parse(argc, argv);
        if (app.get_subcommands().empty()) {
            std::fputs(app.help().c_str(), stderr);
            return kBadUsage;
        }
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() != 0) return usage_error(app, e);
        // --help and --version.
        std::ostringstream text, unused;
        app.exit(e, text, unused);
        print(text.str());
    }
    flush_output();
    return 0;
}

}  // namespace
}  // namespace atome::cli

int main(int argc, char** argv) {
    using namespace atome::cli;
    keep_standard_streams();
    // A reader that goes away shows as EPIPE, not as a signal.
    std::signal(SIGPIPE, SIG_IGN);
    // So does a limit on file sizes, as EFBIG.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv);
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
