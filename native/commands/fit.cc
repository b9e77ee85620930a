// atome fit: which boards a model fits, existing or planned.
#include "native/deploy/fit.h"

#include <memory>
#include <sstream>

#include "atome/train/recipe.h"
#include "native/commands/commands.h"

namespace atome::cli {

void add_fit(App& app) {
    auto o = std::make_shared<FitOptions>();
    auto json = std::make_shared<bool>(false);
    App command = app.add_subcommand("fit", "Flash and RAM of a model against a table of boards");
    add_model_path(command, &o->model);
    add_planned_model(command, recommended_model(), &o->model.dimensions);
    command
        .add_option(
            "--window",
            [o](const std::string& list) {
                o->windows.clear();
                std::istringstream words(list.empty() ? "," : list);
                for (std::string word; std::getline(words, word, ',');)
                    o->windows.push_back(
                        static_cast<uint32_t>(parse_whole("--window", word, 1, Limits::window)));
            },
            "attention windows to tell the RAM for")
        .type_name("N,N...")
        .default_str("16,32,64,128,256");
    add_engine(command, &o->fixed);
    add_json(command, json.get());
    command.footer(
        "Flash is the .atome file, RAM the engine's arena with the weights left packed in flash; code, stack "
        "and\n"
        "statics of the engine are named beside them, and counted where a board is said to be large "
        "enough.\n\n"
        "Example:\n  atome fit model.atome\n  atome fit --d-model 64 --n-layers 4 --d-head 16");
    command.callback([=] { show_fit(fit(*o), *json); });
}

}  // namespace atome::cli
