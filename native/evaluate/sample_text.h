// Much text from a vanilla GPT: many streams side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "atome/infer/sampler.h"
#include "atome/kernels/kernels.h"
#include "atome/models/gpt/model.h"

namespace atome::cli {

struct SampleTextOptions {
    SamplerOptions sampling;
    uint64_t bytes = 0;
    uint32_t streams = 1;
    std::optional<uint32_t> threads;  // all cores where none is given
    const Kernels* kernels = nullptr;
};

struct SampledText {
    std::string text;
    double seconds;
    uint32_t threads;
    const char* kernels;
};

// The texts of all streams, one after the other, without the prompt that each starts from (1..max_seq bytes
// of the vocabulary). The same for every set of kernels and any number of threads. Throws Failure; `where`
// names the model.
SampledText sample_text(const GptModel& model, const std::string& prompt, const std::string& where,
                        const SampleTextOptions& options);

}  // namespace atome::cli
