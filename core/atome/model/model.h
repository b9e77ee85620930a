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

#include "atome/model/config.h"
#include "atome/base/status.h"

namespace atome {

struct FloatModel {
    Config config;
    uint32_t window = 0;                      // recommended attention window, 0: none
    std::vector<std::vector<float>> tensors;  // canonical order (config.h), row-major; conv tap K-1 = now
};

struct CodedTensor {
    std::vector<int8_t> codes;  // row-major, as check() has them; empty for float tensors
    std::vector<float> scales;  // one, or one a row (power3_pr, but for the conv); empty for float tensors
    std::vector<float> values;  // float vectors, and matrices that no code can hold
    bool coded() const { return !codes.empty(); }
};

struct CodedModel {
    Config config;
    uint32_t window = 0;
    std::vector<CodedTensor> tensors;  // canonical order; conv tap 0 = now; inactive tensors may be empty
};

// ok when every active tensor has its shape's size and legal finite content: codes 0, +-1, +-3, +-9 (under
// int4: -7..7), scales above 0 (one, or one a row). Inactive tensors are empty or have their full size. Every
// writer calls this.
// Errors: bad_config, not_finite; the message names the tensor and the element.
Status check(const FloatModel& model);
Status check(const CodedModel& model);

// alpha = max(mean|w|, 1e-5); n in 1..2^28, finite weights. The sum runs in binary32 in the order of
// PyTorch's CPU sum (ATen/native/cpu/SumKernel.cpp, 8-float vectors): 32 strided partial sums over four
// cascaded levels, so that exports equal the published kit's to the last bit. The order depends on nothing but n.
float absmean_scale(const float* w, std::size_t n);
// code = clamp(round_half_even(w / alpha), -1, 1).
int8_t ternary_code(float w, float alpha);
// sign(w) times 0, 1, 3 or 9 with edges at |w| = 0.5, 2 and 6 alpha.
int8_t power3_code(float w, float alpha);
// The one scale of an int4 tensor, conv included: absmean_scale(w, n) * 3 / 7, from left to right. The codes
// end at three times the mean magnitude.
float int4_step(const float* w, std::size_t n);
// clamp(round_half_even(w / step), -7, 7).
int8_t int4_code(float w, float step);

// A matrix of a `none` model whose values are exactly {-a, 0, a} becomes ternary codes with scale a: the
// same values in a sixteenth of the bytes. Other matrices of a `none` model stay float.
// Errors: not_finite (which tensor, which element), bad_config.
Status quantise(const FloatModel& in, CodedModel* out);
// Shadow weights that hold exactly scale * code; the configuration's quantizer becomes `none`, because
// quantising such weights again would give another scale.
// `in` must pass check().
FloatModel dequantise(const CodedModel& in);

}  // namespace atome
