// Throughput of inference and training, beside the published kit's, with tokens that are bytes and with
// pairs.
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

// In bytes of text per second, unless it says tokens.
struct BenchResult {
    std::string name, kernels;  // "infer-60k", "train-944k-pairs"...
    double median, lowest, highest;
    double tokens;     // the median, in tokens
    double published;  // the published kit's; measured once, on another machine
    // Of pairs: as a multiple of bytes, the median of stretches that followed each other.
    std::optional<double> against_bytes;
    double ratio() const { return median / published; }
};

// Throws Failure.
std::vector<BenchResult> bench(const BenchOptions& options);

}  // namespace atome::cli
