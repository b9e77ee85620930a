// `atome eval` of a vanilla GPT.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "atome/kernels/kernels.h"
#include "atome/models/gpt/rounding.h"

namespace atome::cli {

struct GptEvalOptions {
    std::optional<uint32_t> seq;      // bytes of a chunk; the model's max_seq where none is given
    std::optional<uint32_t> threads;  // all cores where none is given
    Rounding rounding = Rounding::none;
    const Kernels* kernels = nullptr;
};

struct GptEvaluation {
    uint32_t seq = 0;
    uint64_t predictions = 0;
    double nats = 0;  // mean per prediction
    const char* kernels = "";
};

// By the forward pass of training without FMA: every kernel set and any number of threads give one result.
// Throws Failure; `where` names the text.
GptEvaluation evaluate_gpt(const GptModel& model, const std::string& text, const std::string& where,
                           const GptEvalOptions& options);

}  // namespace atome::cli
