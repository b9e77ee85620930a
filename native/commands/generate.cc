// atome generate: text from a prompt.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "native/cli/terminal.h"
#include "native/commands/generate.h"
#include "native/evaluate/generation.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

void run(const GenerateOptions& o, GenerateGpt generate_gpt) {
    const std::vector<uint8_t> bytes = read_file(o.model.path);
    if (const auto gpt = find_gpt(bytes, o.model.path)) {
        if (!generate_gpt)
            throw Failure(o.model.path +
                          ": is a vanilla GPT: use atome generate, which this program is a part of");
        return generate_gpt(*gpt, o);
    }
    const ModelFile model = ModelFile::load(o.model, bytes);
    std::vector<uint32_t> prompt = tokens_of(o.prompt, model.config().vocab_size, "--prompt");
    if (prompt.empty()) prompt.push_back(first_token(model.config().vocab_size));
    const uint32_t window = o.window.value_or(model.window_or(256));
    RunnableModel runnable(model, window, o.model.kernels);
    Engine& engine = runnable.engine();
    Sampler sampler(o.sampling, engine.kernels());
    RouterStats stats(model.config());

    feed(engine, prompt);
    TextStream stream;
    show_prompt(o);
    const auto start = std::chrono::steady_clock::now();
    const std::vector<uint32_t> tokens = continue_text(engine, sampler, o.n, stats, [&](uint32_t token) {
        if (!o.json) stream.put(token);
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    if (o.json) {
        Json json = generated_json(o, tokens, seconds, window, engine.kernels().name);
        if (o.show_entropy) json.update(stats.json());
        print_json(json);
        return;
    }
    stream.end_line();
    if (o.show_entropy) print((is_terminal(1) ? "\n" : "\n\n") + entropy_bars(stats, BarStyle::of(1)));
}

}  // namespace

void show_prompt(const GenerateOptions& o) {
    if (!o.json && is_terminal(1))
        print((colour_wanted(1) ? "\x1b[2m" : "") + printable(o.prompt, true) +
              (colour_wanted(1) ? "\x1b[0m" : ""));
}

Json generated_json(const GenerateOptions& o, const std::vector<uint32_t>& tokens, double seconds,
                    uint32_t window, const char* kernels) {
    return {{"text", text_of(tokens)},
            {"bytes", tokens.size()},
            {"bytes_per_second", static_cast<double>(tokens.size()) / std::max(seconds, 1e-9)},
            {"tokens", tokens},
            {"prompt", o.prompt},
            {"seed", o.sampling.seed},
            {"window", window},
            {"kernels", kernels}};
}

void add_generate(App& app, GenerateGpt generate_gpt) {
    auto o = std::make_shared<GenerateOptions>();
    App command = app.add_subcommand("generate", "Continue a text");
    add_model(command, &o->model, "--model-top-k").required();
    command.add_option("--prompt", &o->prompt, "the text to continue; empty: a new line").type_name("S");
    add_whole(command, "-n", &o->n, 1, 1000000000, "bytes to make");
    add_sampling(command, &o->sampling);
    add_window(command, &o->window, "the model's, else 256");
    command.add_flag("--show-entropy", &o->show_entropy, "then show what the router did, layer by layer");
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        "Prints the new bytes only (a terminal shows the prompt before them). With --json, text has U+FFFD "
        "for\n"
        "what is not UTF-8, and tokens has every byte. A vanilla GPT has no --window and no "
        "--show-entropy.\n\n"
        "Example:\n  atome generate model.atome --prompt \"Once upon a time\" -n 200 --temperature 0.7 "
        "--seed 1");
    command.callback([o, generate_gpt] { run(*o, generate_gpt); });
}

}  // namespace atome::cli
