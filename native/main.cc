// The `atome` program: its commands.
#include "native/cli/main.h"
#include "native/commands/commands.h"

int main(int argc, char** argv) {
    using namespace atome::cli;
    return run_main(argc, argv,
                    {add_serve, add_corpus, add_train, add_distill, add_compare, add_eval, add_calibrate,
                     [](App& app) { add_generate(app, gpt_generators); }, add_chat, add_trace, add_export,
                     add_inspect, add_fit, add_bench});
}
