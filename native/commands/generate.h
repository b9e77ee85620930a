// What `generate` does alike for both kinds of model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/io/gpt_file.h"
#include "native/io/model_file.h"

namespace atome::cli {

struct GenerateOptions {
    ModelOptions model;
    SamplerOptions sampling{.temperature = 0.8f, .top_k = 0, .top_p = 1, .seed = 0};
    std::string prompt;
    uint64_t n = 200;
    std::optional<uint32_t> window;
    bool show_entropy = false;
    bool json = false;
};

// On a terminal the prompt stands before the text that continues it.
void show_prompt(const GenerateOptions& options);
// What --json prints of either kind.
Json generated_json(const GenerateOptions& options, const std::vector<uint32_t>& tokens, double seconds,
                    uint32_t window, const char* kernels);

// How a program continues texts with a vanilla GPT; null: it cannot.
using GenerateGpt = void (*)(const GptFile& file, const GenerateOptions& options);
void add_generate(App& app, GenerateGpt generate_gpt);

}  // namespace atome::cli
