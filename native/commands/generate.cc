// atome generate: text from a prompt.
#include "native/evaluate/generate.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/evaluate/generation.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

struct Options : GenerateOptions {
    bool json = false;
};

// On a terminal the prompt stands before the text that continues it.
void show_prompt(const std::string& prompt) {
    if (is_terminal(1))
        print((colour_wanted(1) ? "\x1b[2m" : "") + printable(prompt, true) +
              (colour_wanted(1) ? "\x1b[0m" : ""));
}

void show_json(const Generated& g, const Options& o) {
    const double rate = static_cast<double>(g.text.size()) / std::max(g.seconds, 1e-9);
    Json json = {{"bytes", g.text.size()},  {"bytes_per_second", rate}, {"prompt", o.prompt},
                 {"seed", o.sampling.seed}, {"window", g.window},       {"kernels", g.kernels}};
    if (!o.out) {
        json["text"] = g.text;
        json["tokens"] = std::vector<uint8_t>(g.text.begin(), g.text.end());
    } else {
        json.update({{"out", *o.out}, {"streams", o.streams}, {"threads", g.threads}});
    }
    if (o.show_entropy) json.update(g.router->json());
    if (o.stop_when_unsure) json["stopped"] = g.stopped ? stopped_json(g.text.size(), *g.stopped) : Json();
    print_json(json);
}

void run(const Options& o, GptGenerators gpt_generators) {
    TextStream stream;
    bool started = false;
    const Generated g = generate(o, gpt_generators, [&](uint32_t token) {
        if (o.json) return;
        if (!std::exchange(started, true)) show_prompt(o.prompt);
        stream.put(token);
    });
    if (o.json) return show_json(g, o);
    if (o.out)
        return print(fmt::format("{} bytes of {} stream{}, written to {}\n{} bytes per second, kernels {}\n",
                                 grouped(o.n), o.streams, o.streams == 1 ? "" : "s", printable(*o.out),
                                 grouped(static_cast<uint64_t>(static_cast<double>(o.n) / g.seconds)),
                                 g.kernels));
    stream.end_line();
    if (g.stopped) fmt::print(stderr, "{}\n", stopped_text(g.text.size(), *g.stopped, *o.stop_when_unsure));
    if (o.show_entropy) print((is_terminal(1) ? "\n" : "\n\n") + entropy_bars(*g.router, BarStyle::of(1)));
}

}  // namespace

void add_generate(App& app, GptGenerators gpt_generators) {
    auto o = std::make_shared<Options>();
    App command = app.add_subcommand("generate", "Continue a text");
    add_model(command, &o->model, "--model-top-k").required();
    command.add_option("--prompt", &o->prompt, "the text to continue; empty: a new line").type_name("S");
    add_whole(command, "-n", &o->n, 1, 1000000000, "bytes to make");
    add_sampling(command, &o->sampling);
    add_window(command, &o->window, "the model's, else 256");
    Option entropy =
        command.add_flag("--show-entropy", &o->show_entropy, "then show what the router did, layer by layer");
    Option stop = add_stop_when_unsure(command, &o->stop_when_unsure);
    Option out =
        command.add_option("--out", &o->out, "write the bytes to this file instead, without the prompt")
            .type_name("FILE");
    out.excludes(entropy);
    out.excludes(stop);
    add_whole(command, "--streams", &o->streams, 1, 65536,
              "texts in the file, written side by side; each continues the prompt and has its share of -n")
        .needs(out);
    add_whole(command, "--threads", &o->threads, 1, 1024, "for the file; they do not change the text")
        .default_str("all cores")
        .needs(out);
    add_engine(command, &o->fixed);
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        R"(Prints the new bytes only (a terminal shows the prompt before them). With --json, text has U+FFFD for
what is not UTF-8, and tokens has the value of every byte. --stop-when-unsure ends the text before a token of
which the last router is less sure, says where on stderr (in JSON: stopped), and saves the prediction; it means
something of models trained with --router-calibration: atome calibrate says how much. -n counts bytes of a model of pairs, too, and a
prompt may end within what would be one token. A vanilla GPT has no --window and no --show-entropy; a text
that has filled its positions goes on with the last quarter of them as the new context.

Example:
  atome generate model.atome --prompt "Once upon a time" -n 200 --temperature 0.7 --seed 1
  atome generate teacher.safetensors -n 6000000 --streams 64 --temperature 1 --seed 1 --out teacher.txt)");
    command.callback([o, gpt_generators] { run(*o, gpt_generators); });
}

}  // namespace atome::cli
