// `atome-first`: the part of the program that a newcomer meets first. It builds in a fifth of the time, so
// that ./kit demo writes and ./kit play serves while the rest is still being compiled.
#include "native/cli/main.h"
#include "native/commands/commands.h"

int main(int argc, char** argv) {
    using namespace atome::cli;
    // A GPT would need all of training.
    return run_main(argc, argv, {add_serve, [](App& app) { add_generate(app, nullptr); }});
}
