// atome serve: the built playground for a browser on this computer.
#include <fmt/core.h>

#include <memory>

#include "native/cli/options.h"
#include "native/cli/output.h"
#include "native/commands/commands.h"
#include "native/serve/server.h"

namespace atome::cli {
namespace {

struct Options {
    std::string dir;
    std::optional<uint32_t> port;
    bool open = false;
    bool json = false;
};

void show(const Options& o, uint32_t port, const std::string& folder) {
    const std::string url = fmt::format("http://{}:{}/", kAddress, port);
    if (o.json) {
        print_json({{"url", url}, {"port", port}, {"dir", folder}});
    } else {
        const bool moved = !o.port && port != kPort;
        print(
            fmt::format("The playground: {}{}\n"
                        "Open this address in a browser of this computer, and press Space to train a model.\n"
                        "Ctrl-C ends the server.\n",
                        url, moved ? fmt::format("  (port {} is taken)", kPort) : ""));
    }
    flush_output();
    if (o.open) open_browser(url);
}

}  // namespace

void add_serve(App& app) {
    auto o = std::make_shared<Options>();
    App command = app.add_subcommand("serve", "The playground in a browser: train, watch, write");
    command.add_option("--dir", &o->dir, "the folder of the built playground")
        .type_name("FOLDER")
        .default_str("what ./kit play has built")
        .check([](const std::string& text) { return text.empty() ? "--dir is empty" : ""; });
    add_whole(command, "--port", &o->port, 0, 65535, "listen on this port; 0: any that is free")
        .default_str(fmt::format("{}, or the next that is free", kPort));
    command.add_flag("--open", &o->open, "open the address in the browser");
    add_json(command, &o->json);
    command.footer(
        "Only this computer can reach the server. It never sends anything anywhere, and files that change "
        "are served anew.\n"
        "--json prints {url, port, dir} as soon as the server listens.\n\n"
        "Example:\n  atome serve --port 9000 --open");
    command.callback([o] {
        serve(o->dir.empty() ? built_site() : o->dir, o->port,
              [&](uint32_t port, const std::string& folder) { show(*o, port, folder); });
    });
}

}  // namespace atome::cli
