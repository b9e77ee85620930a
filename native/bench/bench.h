// Throughput of inference and training, beside the published kit's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "atome/kernels/kernels.h"

namespace atome::cli {

struct BenchOptions {
    std::string what;                // "infer", "train"; empty: both
    uint32_t repeats = 5;            // timed stretches of each
    std::optional<uint32_t> window;  // of inference; 256 where none is given
    // Of training: all cores up to Trainer::kShards where none is given.
    std::optional<uint32_t> threads;
    const Kernels* kernels = nullptr;  // null: the best
    bool exact = false;                // training without FMA
};

// In bytes per second.
struct BenchResult {
    std::string name, kernels;  // "infer-60k", "train-944k"...
    double median, lowest, highest;
    double published;  // the published kit's; measured once, on another machine
    double ratio() const { return median / published; }
};

// Throws Failure.
std::vector<BenchResult> bench(const BenchOptions& options);

}  // namespace atome::cli
