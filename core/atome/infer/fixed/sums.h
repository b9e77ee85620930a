// Sums of codes times small whole numbers, the inner loop of the fixed engine. The plain loop is the
// definition; sums are exact, so any order gives the same.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/model/encodings.h"
#include "atome/model/view.h"

namespace atome {
namespace fixed {

// What one row's codes are worth: its gain, in 1/64.
ATOME_INLINE int32_t gain_of_row(const TensorView& w, uint32_t row) { return w.gains ? w.gains[row] : 64; }

// out[i] = gain * sum over c of codes[first + i][c] * x[c] for i < rows. X is int8_t or uint8_t.
template <class X>
inline void sum_rows(const TensorView& w, uint32_t first, uint32_t rows, const X* x, int32_t* out) {
    with_encoding(w.encoding, [=, &w](auto row) {
        for (uint32_t i = 0; i < rows; i++) {
            int32_t sum = 0;
            row.each(w.codes, static_cast<size_t>(first + i) * w.cols, w.cols,
                     [&](uint32_t c, int code) { sum += code * x[c]; });
            out[i] = sum * gain_of_row(w, first + i);
        }
    });
}

}  // namespace fixed
}  // namespace atome
