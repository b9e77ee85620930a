// atome inspect: what is in a model file.
#include "native/inspect/inspect.h"

#include <memory>

#include "native/commands/commands.h"

namespace atome::cli {

void add_inspect(App& app) {
    auto model = std::make_shared<ModelOptions>();
    auto json = std::make_shared<bool>(false);
    App command = app.add_subcommand("inspect", "Sizes, code histograms, scales and checks of a model file");
    add_model(command, model.get()).required();
    add_json(command, json.get());
    command.footer(
        "Float models are shown as their quantiser makes them.\n"
        "--json: of a model of pairs `vocabulary` has the text of each token in hexadecimal digits, empty "
        "for the\n"
        "escape and for tokens that stand for nothing; of bytes it is empty, and token i is byte i.\n\n"
        "Example:\n  atome inspect model.safetensors");
    command.callback([=] { show_inspection(inspect(load_any(*model)), *json); });
}

}  // namespace atome::cli
