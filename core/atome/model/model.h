// The two heap-owned forms of a model between which every format converts.
//
//   .safetensors, .pt   <->  FloatModel   shadow weights, as training keeps them
//   .atome, ATOME01/02, ATOMEP3  <->  CodedModel   what a chip runs: codes and scales
//
// quantise() goes from the first to the second, dequantise() back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/base/status.h"
#include "atome/model/tensors.h"

namespace atome {

struct FloatModel {
    Config config;
    uint32_t window = 0;                      // recommended attention window, 0: none
    std::vector<std::vector<float>> tensors;  // canonical order (config.h), row-major; conv tap K-1 = now
    std::vector<uint8_t> vocabulary;          // what tokens stand for (tokens/vocabulary.h); empty: bytes
};

struct CodedTensor {
    std::vector<int8_t> codes;  // row-major, as check() has them; empty for float tensors
    std::vector<float> scales;  // one, or one a row (power3_pr, but for the conv); empty for float tensors
    std::vector<float> values;  // vectors, gains as what they stand for, and matrices that no code can hold
    bool coded() const { return !codes.empty(); }
};

struct CodedModel {
    Config config;
    uint32_t window = 0;
    std::vector<CodedTensor> tensors;      // canonical order; conv tap 0 = now; inactive tensors may be empty
    std::vector<uint8_t> vocabulary;       // as FloatModel's
    std::vector<uint8_t> fixed_plan = {};  // of the fixed engine (infer/fixed/plan.h); empty: none
};

// ok when every active tensor has its shape's size and is finite. Inactive tensors are empty or have their
// full size. Errors: bad_config, not_finite; the message names the tensor and the element.
Status check(const FloatModel& model);

}  // namespace atome
