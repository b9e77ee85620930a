// Matrices as vectors want them, a byte a code: blocks of 8 rows by 4 columns, row after row within a block,
// the blocks of 8 rows one after the other. Rows and columns are filled up with code 0. In front, for each
// row, 128 times the sum of its codes: what numbers with a sign are too much by where they are read without
// one, 128 larger.
#pragma once

#include <stdint.h>

#include "atome/infer/fixed/kernels.h"

namespace atome {

constexpr uint32_t kColsOfPanel = 4;

struct Panels {
    const int32_t* excess;  // (rows filled up)
    const int8_t* blocks;
    uint32_t cols;  // filled up
    static uint32_t up(uint32_t n, uint32_t to) { return (n + to - 1) / to * to; }
    explicit Panels(const CodedMatrix& w)
        : excess(reinterpret_cast<const int32_t*>(w.codes)),
          blocks(reinterpret_cast<const int8_t*>(excess + up(w.rows, kRowsOfPanel))),
          cols(up(w.cols, kColsOfPanel)) {}
    // Of 8 rows from `row` on, a multiple of 8.
    const int8_t* at(uint32_t row) const { return blocks + static_cast<size_t>(row) * cols; }
};

// How a matrix becomes panels.
extern const FixedKernels::Unpacking kPanels;

}  // namespace atome
