// atome train: a model from text.
#include <memory>

#include "native/commands/commands.h"
#include "native/train/training.h"

namespace atome::cli {

void add_train(App& app) {
    auto c = std::make_shared<TrainCommand>();
    App command = app.add_subcommand("train", "Train a model on text");
    add_train_options(command, c.get());
    command.footer(
        "M.safetensors is the model after the last step; M.best.safetensors the one that did best on\n"
        "validation text. Results do not depend on --threads.\n"
        "A vocabulary of pairs is learned from the training part of the text and lies in the model. All\n"
        "figures are per byte of text, and chunks of validation text are cut in bytes, so that models of\n"
        "bytes and of pairs compare; --batch and --seq count tokens.\n"
        "--model vanilla trains the GPT baseline with the same options, but for those of the routed "
        "model.\n\n"
        "Example:\n  atome train --data stories.txt --out m.safetensors --steps 3000");
    command.callback([c] { run_train(*c); });
}

}  // namespace atome::cli
