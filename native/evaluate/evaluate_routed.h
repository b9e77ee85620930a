// `atome eval` of a routed-ternary model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "native/io/model_file.h"

namespace atome::cli {

struct RoutedEvalOptions {
    std::optional<uint32_t> seq;      // bytes of a chunk; the model's window, else 64, where none is given
    std::optional<uint32_t> window;   // the model's, else 256, at least seq, where none is given
    std::optional<uint32_t> threads;  // all cores where none is given
    const Kernels* kernels = nullptr;
};

struct RoutedEvaluation {
    uint32_t seq = 0;
    uint32_t window = 0;
    uint64_t predictions = 0;
    double nats = 0;  // mean per prediction
    const char* kernels = "";
};

// By the engine, a fresh stream for every chunk: any number of threads gives one result. `tokens`: at least
// 2. Throws Failure.
RoutedEvaluation evaluate_routed(const ModelFile& model, const std::vector<uint32_t>& tokens,
                                 const RoutedEvalOptions& options);

}  // namespace atome::cli
