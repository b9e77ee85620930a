// The quantisers, one row each: how the scale of a matrix is found, how a weight becomes a code. Their names
// and encodings in files are in model/config.h. Training, files and `fit` iterate over the table or read a
// row of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/model/tensors.h"

namespace atome {

inline constexpr float kMinScale = 1e-5f;

struct QuantizerRow {
    Quantizer id;
    // 0, or: the codes are all whole numbers -most..most, and code() is the nearest to w / scale that is one.
    int8_t most;
    // Scale of n weights, n in 1..2^28, finite. Null where matrices stay float, and so is code().
    float (*scale)(const float* w, std::size_t n);
    int8_t (*code)(float w, float scale);
    bool by_row;       // one scale a row where TensorSpec allows it, not one a tensor
    bool always_wide;  // codes within -1..1 are not packed as trits
};

const QuantizerRow& row_of(Quantizer quantizer);

// How many scales a coded tensor has.
inline uint32_t scale_count(const QuantizerRow& row, const TensorSpec& spec) {
    return row.by_row && !spec.one_scale() ? spec.rows : 1;
}

// What the codes of w (rows, cols) stand for, scale * code, with one scale or, by_row, one a row. The row must
// have code(). in == out is fine.
void round_weights(const QuantizerRow& quantizer, uint32_t rows, uint32_t cols, const float* in, float* out);

// alpha = max(mean|w|, kMinScale); n in 1..2^28, finite weights. The sum runs in binary32 in the order of
// PyTorch's CPU sum (ATen/native/cpu/SumKernel.cpp, 8-float vectors): 32 strided partial sums over four
// cascaded levels, so that exports equal the published kit's to the last bit. The order depends on nothing
// but n.
float absmean_scale(const float* w, std::size_t n);

}  // namespace atome
