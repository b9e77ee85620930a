#include "native/evaluate/chat.h"

#include <editline/readline.h>
#include <fmt/core.h>

#include <clocale>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "native/cli/terminal.h"
#include "native/evaluate/generation.h"
#include "native/model/fixed_plan.h"

namespace atome::cli {
namespace {

// A line typed at a terminal, with editing and with the earlier ones under the arrow keys (libedit); empty at
// the end of the input.
std::optional<std::string> edit_line(const char* prompt) {
    flush_output();
    // Editing moves by characters, which takes the terminal's encoding; numbers stay in the C locale's form.
    std::setlocale(LC_CTYPE, "");
    const std::unique_ptr<char, void (*)(void*)> line(::readline(prompt), std::free);
    if (!line) return std::nullopt;
    if (line.get()[0] != '\0') ::add_history(line.get());
    return line.get();
}

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
          owner_(open_stream(model, options.model, options.window, options.fixed)),
          stream_(*owner_),
          stats_(model.config()) {
        if (options.stop_when_unsure) require_router(model.config(), options.model.path);
        restart_sampler();
    }

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
            say(kChatHelp);
        } else if (word == "/reset") {
            stream_.reset();
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

    void restart_sampler() { require(stream_.sampling(sampling_), "sampling"); }

    void reply(const std::string& text) {
        std::string read_now = text;
        // A new line keeps what is said now apart from the last reply, and starts an empty text.
        if (stream_.position() > 0 || text.empty()) {
            const bool bytes = !stream_.vocabulary();
            read_now.insert(
                read_now.begin(),
                static_cast<char>(bytes ? first_token(stream_.config().vocab_size) : uint32_t{'\n'}));
        }
        read(stream_, read_now, "input");
        stats_.clear();
        TextStream stream;
        std::string made;
        const float limit = options_.stop_when_unsure.value_or(1);
        const std::vector<uint8_t> tokens = write(
            stream_, stats_, options_.n,
            [&](char c) {
                made += c;
                if (!options_.json) stream.put(c);
            },
            limit);
        const bool stopped = made.size() < options_.n;
        const float uncertainty = stream_.uncertainty();
        if (options_.json) {
            Json turn = {{"input", text}, {"text", made}, {"bytes", made.size()}, {"tokens", tokens}};
            turn.update(stats_.json());
            if (options_.stop_when_unsure)
                turn["stopped"] = stopped ? stopped_json(made.size(), uncertainty) : Json();
            turns_.push_back(turn);
        } else {
            stream.end_line();
            const std::string line_end = is_terminal(1) ? "" : "\n";
            print(line_end);
            if (stopped) print(fmt::format("({})\n", stopped_text(made.size(), uncertainty, limit)));
            print(entropy_bars(stats_, BarStyle::of(1)) + "\n");
            flush_output();
        }
    }

    const ChatOptions& options_;
    SamplerOptions sampling_;
    std::shared_ptr<Stream> owner_;
    Stream& stream_;
    RouterStats stats_;
    Json turns_ = Json::array();
};

}  // namespace

void chat(const ChatOptions& o) {
    ModelFile model = ModelFile::load(o.model);
    if (o.fixed) model = with_fixed_plan(model, o.model.path);
    Chat talk(model, o);
    const bool interactive = is_terminal(0) && is_terminal(1) && !o.json;
    if (interactive) print(fmt::format("{}\n{}\n", config_text(model.config()), kChatHelp));
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
            if (!talk.line(text)) break;
        } catch (const Failure& e) {
            // At a keyboard a slip is told and forgiven; a script should hear of it.
            if (!interactive) throw Failure(fmt::format("line {}: {}", number, e.what()));
            print(printable(e.what()) + "\n");
        }
    }
    if (o.json) print_json({{"turns", talk.turns()}});
}

}  // namespace atome::cli
