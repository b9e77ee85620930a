// The commands of the `atome` program.
#pragma once

#include "native/cli/app.h"
#include "native/evaluate/generator.h"

namespace atome::cli {

// Each adds one subcommand with its options, an example in its footer, and a callback into the room that does
// the work.
void add_bench(App& app);
void add_calibrate(App& app);
void add_chat(App& app);
void add_compare(App& app);
void add_corpus(App& app);
void add_distill(App& app);
void add_eval(App& app);
void add_export(App& app);
void add_fit(App& app);
void add_generate(App& app, GptGenerators gpt_generators);
void add_inspect(App& app);
void add_serve(App& app);
void add_trace(App& app);
void add_train(App& app);

}  // namespace atome::cli
