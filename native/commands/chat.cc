// atome chat: a conversation with a model.
#include "native/evaluate/chat.h"

#include <memory>

#include "native/commands/commands.h"

namespace atome::cli {

void add_chat(App& app) {
    auto o = std::make_shared<ChatOptions>();
    App command = app.add_subcommand("chat", "Talk with a model and watch its router");
    add_model(command, &o->model, "--model-top-k").required();
    add_whole(command, "-n", &o->n, 1, 1000000, "bytes in a reply");
    add_sampling(command, &o->sampling);
    add_window(command, &o->window, "the model's, else 256");
    add_stop_when_unsure(command, &o->stop_when_unsure);
    add_kernels(command, &o->model.kernels);
    add_engine(command, &o->fixed);
    add_json(command, &o->json);
    command.footer(
        std::string(kChatHelp) +
        "After each reply a bar for every layer shows the router's mean entropy and the share of each "
        "pathway.\n\n"
        "Example:\n  atome chat model.atome --temperature 0.7");
    command.callback([o] { chat(*o); });
}

}  // namespace atome::cli
