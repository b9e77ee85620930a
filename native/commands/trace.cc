// atome trace: every number that the model gives for a text.
#include "native/evaluate/trace.h"

#include <memory>

#include "native/commands/commands.h"

namespace atome::cli {

void add_trace(App& app) {
    auto o = std::make_shared<TraceOptions>();
    App command = app.add_subcommand(
        "trace", "Logits, router weights and router entropy at every position, and their digest");
    add_model(command, &o->model).required();
    App input = command.add_option_group("Input", "exactly one", 1, 1);
    const auto not_empty = [](const std::string& text) {
        return text.empty() ? "is empty: give at least one" : "";
    };
    input.add_option("--text", &o->text, "a text").check(not_empty).type_name("S");
    input.add_option("--tokens", &o->tokens, "tokens separated by commas: 1,2,3")
        .check(not_empty)
        .type_name("LIST");
    add_window(command, &o->window, "all positions: the full forward pass");
    add_whole(command, "--greedy", &o->greedy, 0, Limits::window,
              "continue by this many most probable tokens");
    add_engine(command, &o->fixed);
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        "A position is a token: a byte, or of a model of pairs a string of bytes, into which --text is "
        "encoded;\n"
        "--tokens are its indices as they are. --json has the tokens and their texts.\n"
        "The digest is over the raw bits of every position that is fed (the greedy tokens but the last, "
        "too):\n"
        "V logits, then for each layer P router weights and the entropy. Of the fixed engine each number is "
        "a word.\n\n"
        "Example:\n  atome trace model.atome --text \"Once upon a time\" --greedy 20");
    command.callback([o] { show_trace(trace(*o), o->json); });
}

}  // namespace atome::cli
