// A conversation with a model, and what its router did at every reply.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "native/model/model_file.h"

namespace atome::cli {

inline constexpr std::string_view kChatHelp =
    "A line of text is fed to the model, which continues it. Commands:\n"
    "  /reset          forget everything said\n"
    "  /temperature X  0 always takes the most probable token; else 0.01..100\n"
    "  /seed N         start the random numbers again from N\n"
    "  /help           this\n"
    "  /quit           leave (so does the end of the input)\n";

struct ChatOptions {
    ModelOptions model;
    SamplerOptions sampling{.temperature = 0.8f, .top_k = 0, .top_p = 1, .seed = 0};
    uint64_t n = 160;                       // bytes of a reply
    std::optional<uint32_t> window;         // the model's, else 256, where none is given
    std::optional<float> stop_when_unsure;  // ends a reply: see Stream::unsure()
    bool fixed = false;                     // in the fixed engine
    bool json = false;                      // one object at the end, in the place of the talk
};

// Reads lines from standard input until it ends, or until /quit: at a terminal with a prompt and editing.
// Throws Failure; with a line that cannot be done at a terminal, says so and goes on.
void chat(const ChatOptions& options);

}  // namespace atome::cli
