// atome chat: a conversation with a model, and what its router did at every reply.
#include <fmt/core.h>

#include <iostream>
#include <memory>

#include "native/cli/edit_line.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/evaluate/generation.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

constexpr std::string_view kHelp =
    "A line of text is fed to the model, which continues it. Commands:\n"
    "  /reset          forget everything said\n"
    "  /temperature X  0 always takes the most probable byte; else 0.01..100\n"
    "  /seed N         start the random numbers again from N\n"
    "  /help           this\n"
    "  /quit           leave (so does the end of the input)\n";

struct ChatOptions {
    ModelOptions model;
    SamplerOptions sampling{.temperature = 0.8f, .top_k = 0, .top_p = 1, .seed = 0};
    uint64_t n = 160;
    std::optional<uint32_t> window;
    bool json = false;
};

// In a chat a wrong number is wrong input, not wrong usage of the program.
template <class Parse>
auto number(Parse parse) {
    try {
        return parse();
    } catch (const UsageError& e) {
        throw Failure(e.what());
    }
}

class Chat {
  public:
    Chat(const ModelFile& model, const ChatOptions& options)
        : options_(options),
          sampling_(options.sampling),
          runnable_(model, options.window.value_or(model.window_or(256)), options.model.kernels),
          engine_(runnable_.engine()),
          sampler_(sampling_, engine_.kernels()),
          stats_(model.config()) {}

    // False when the user wants to leave. Throws Failure for what cannot be done.
    bool line(const std::string& text) {
        if (!text.empty() && text[0] == '/') return command(text);
        reply(text);
        return true;
    }
    const Json& turns() const { return turns_; }

  private:
    void say(std::string_view text) {
        if (!options_.json) print(text);
    }

    bool command(const std::string& text) {
        const std::size_t space = text.find(' ');
        const std::string word = text.substr(0, space);
        const std::string argument =
            space == std::string::npos ? "" : text.substr(text.find_last_of(' ') + 1);
        if (word == "/quit") return false;
        if (word == "/help") {
            say(kHelp);
        } else if (word == "/reset") {
            engine_.reset();
            restart_sampler();
            say("(forgotten)\n");
        } else if (word == "/temperature") {
            SamplerOptions changed = sampling_;
            changed.temperature =
                static_cast<float>(number([&] { return parse_real(word, argument, 0, 100); }));
            require(validate(changed), word);
            sampling_ = changed;
            restart_sampler();
            say(fmt::format("(temperature {})\n", argument));
        } else if (word == "/seed") {
            sampling_.seed = number([&] { return parse_whole(word, argument, 0, UINT64_MAX); });
            restart_sampler();
            say(fmt::format("(seed {})\n", sampling_.seed));
        } else {
            throw Failure(fmt::format(
                "unknown command '{}': use /help, /reset, /temperature X, /seed N or /quit", word));
        }
        return true;
    }

    void restart_sampler() { sampler_ = Sampler(sampling_, engine_.kernels()); }

    void reply(const std::string& text) {
        const Config& c = engine_.config();
        std::vector<uint32_t> tokens = tokens_of(text, c.vocab_size, "input");
        // A new line keeps what is said now apart from the last reply, and starts an empty text.
        if (engine_.position() > 0 || tokens.empty())
            tokens.insert(tokens.begin(), first_token(c.vocab_size));
        feed(engine_, tokens);
        stats_.clear();
        TextStream stream;
        const std::vector<uint32_t> made =
            continue_text(engine_, sampler_, options_.n, stats_, [&](uint32_t token) {
                if (!options_.json) stream.put(token);
            });
        if (options_.json) {
            Json turn = {{"input", text}, {"text", text_of(made)}, {"bytes", made.size()}, {"tokens", made}};
            turn.update(stats_.json());
            turns_.push_back(turn);
        } else {
            stream.end_line();
            print((is_terminal(1) ? "" : "\n") + entropy_bars(stats_, BarStyle::of(1)) + "\n");
            flush_output();
        }
    }

    const ChatOptions& options_;
    SamplerOptions sampling_;
    RunnableModel runnable_;
    Engine& engine_;
    Sampler sampler_;
    RouterStats stats_;
    Json turns_ = Json::array();
};

void run(const ChatOptions& o) {
    const ModelFile model = ModelFile::load(o.model);
    Chat chat(model, o);
    const bool interactive = is_terminal(0) && is_terminal(1) && !o.json;
    if (interactive) print(fmt::format("{}\n{}\n", config_text(model.config()), kHelp));
    std::string text;
    for (uint64_t number = 1;; number++) {
        if (interactive) {
            std::optional<std::string> typed = edit_line("> ");
            if (!typed) {
                print("\n");
                break;
            }
            text = std::move(*typed);
        } else if (!std::getline(std::cin, text)) {
            break;
        }
        if (!text.empty() && text.back() == '\r') text.pop_back();
        try {
            if (!chat.line(text)) break;
        } catch (const Failure& e) {
            // At a keyboard a slip is told and forgiven; a script should hear of it.
            if (!interactive) throw Failure(fmt::format("line {}: {}", number, e.what()));
            print(printable(e.what()) + "\n");
        }
    }
    if (o.json) print_json({{"turns", chat.turns()}});
}

}  // namespace

void add_chat(App& app) {
    auto o = std::make_shared<ChatOptions>();
    App command = app.add_subcommand("chat", "Talk with a model and watch its router");
    add_model(command, &o->model, "--model-top-k").required();
    add_whole(command, "-n", &o->n, 1, 1000000, "bytes in a reply");
    add_sampling(command, &o->sampling);
    add_window(command, &o->window, "the model's, else 256");
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        std::string(kHelp) +
        "After each reply a bar for every layer shows the router's mean entropy and the share of each "
        "pathway.\n\n"
        "Example:\n  atome chat model.atome --temperature 0.7");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
