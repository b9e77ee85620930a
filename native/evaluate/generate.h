// Text from a prompt: one that is shown as it comes, or many into a file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "native/evaluate/generator.h"

namespace atome::cli {

struct GenerateOptions {
    ModelOptions model;
    SamplerOptions sampling{.temperature = 0.8f, .top_k = 0, .top_p = 1, .seed = 0};
    std::string prompt;  // empty: a new line
    uint64_t n = 200;    // bytes, of all texts together
    std::optional<uint32_t> window;
    bool fixed = false;  // in the fixed engine
    bool show_entropy = false;
    std::optional<float> stop_when_unsure;  // 0..1: see Stream::unsure(); of one text
    std::optional<std::string> out;         // the file to write; none: one text, which is shown
    uint32_t streams = 1;
    std::optional<uint32_t> threads;  // of a file; all cores where none is given
};

struct Generated {
    std::string text;  // of all streams, one after the other, without the prompt
    double seconds = 0;
    uint32_t window = 0, threads = 1;
    const char* kernels = "";
    std::optional<RouterStats> router;  // of one text by a model with a router
    std::optional<float> stopped;       // one text that ended early: how unsure the router was of what comes
};

// The same text for every set of kernels and any number of threads. Hands each byte of a single text to
// `emit` as it comes; a file is written once it is whole, with progress shown. Throws Failure: the model, an
// option that models of this kind do not have, a prompt outside the vocabulary, a file that cannot be
// written.
Generated generate(const GenerateOptions& options, GptGenerators gpt_generators,
                   const std::function<void(uint32_t token)>& emit);

}  // namespace atome::cli
