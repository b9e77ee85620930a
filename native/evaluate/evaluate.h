// How well a model predicts a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "atome/models/gpt/rounding.h"
#include "native/model/any_model.h"

namespace atome::cli {

struct EvalOptions {
    // Bytes of a chunk; else a GPT's max_seq, a routed model's window or 64.
    std::optional<uint32_t> seq = {};
    std::optional<uint32_t> window = {};    // of routed models; else the model's or 256, at least seq
    std::optional<Rounding> rounding = {};  // of a GPT's matrices; else none
    bool fixed = false;                     // in the fixed engine
    std::optional<uint32_t> threads = {};   // else all cores; any number gives the same result
    const Kernels* kernels = nullptr;       // null: the best; any give the same result
};

struct EvalResult {
    uint64_t predictions = 0;  // bytes of text
    uint64_t tokens = 0;       // that stand for them
    double nats = 0;           // mean per byte
    uint32_t seq = 0;
    uint32_t window = 0;
    const char* kernels = "";
    std::optional<Rounding> rounding;  // of a GPT
    uint64_t weight_bytes = 0;         // of a GPT: what its weights take so rounded

    uint64_t chunks() const { return predictions / (seq - 1); }
};

// Cuts the text into chunks, each predicted by itself but for its first byte; an incomplete last chunk counts
// only where it is the only one. With a vocabulary each chunk is encoded by itself, its first byte alone. A
// routed model runs in the engine, a GPT by the forward pass of training without FMA. Shows progress. Throws
// Failure, with the name of the model or the text: an option that models of this kind do not have, fewer than
// 2 bytes, or a byte outside the vocabulary.
EvalResult evaluate(const AnyModel& model, const std::string& model_name, std::string_view text,
                    const std::string& text_name, const EvalOptions& options);

}  // namespace atome::cli
