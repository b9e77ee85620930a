// The quantisers, one row each: what the codes of a matrix are, how its scale is found, how a weight becomes
// a code, how codes are packed. Training, files and `fit` iterate over the table or read a row of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "atome/model/config.h"
#include "atome/model/view.h"

namespace atome {

inline constexpr float kMinScale = 1e-5f;

struct QuantizerRow {
    Quantizer id;
    bool (*is_code)(int code);
    std::string_view codes;  // for messages: "-7..7"
    // 0, or: the codes are all whole numbers -most..most, and code() is the nearest to w / scale that is one.
    int8_t most;
    // Scale of n weights, n in 1..2^28, finite. Null where matrices stay float, and so is code().
    float (*scale)(const float* w, std::size_t n);
    int8_t (*code)(float w, float scale);
    bool by_row;        // one scale a row where TensorSpec allows it, not one a tensor
    Encoding encoding;  // of codes beyond -1..1 in .atome; ternary codes take trit2 or trit5
    bool always;        // that encoding for codes within -1..1 too
};

const QuantizerRow& row_of(Quantizer quantizer);

// How many scales a coded tensor has.
inline uint32_t scale_count(const QuantizerRow& row, const TensorSpec& spec) {
    return row.by_row && !spec.one_scale() ? spec.rows : 1;
}

// alpha = max(mean|w|, kMinScale); n in 1..2^28, finite weights. The sum runs in binary32 in the order of
// PyTorch's CPU sum (ATen/native/cpu/SumKernel.cpp, 8-float vectors): 32 strided partial sums over four
// cascaded levels, so that exports equal the published kit's to the last bit. The order depends on nothing
// but n.
float absmean_scale(const float* w, std::size_t n);

}  // namespace atome
