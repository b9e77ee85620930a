// Sums of codes times small whole numbers, the inner loop of the fixed engine, behind one table so that each
// way can be forced and compared. Sums are exact, so every way gives the same, in whatever order it adds.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/model/view.h"

namespace atome {

// A matrix as the inner loops see it, in a third of the bytes of a TensorView. Codes and gains lie in the
// file.
struct CodedMatrix {
    const uint8_t* codes = nullptr;
    const uint8_t* gains = nullptr;  // (rows)  in 1/64; null: all are 64
    uint16_t rows = 0, cols = 0;
    Encoding encoding = Encoding::trit2;
    CodedMatrix() = default;
    explicit CodedMatrix(const TensorView& w)
        : codes(w.codes),
          gains(w.gains),
          rows(static_cast<uint16_t>(w.rows)),
          cols(static_cast<uint16_t>(w.cols)),
          encoding(w.encoding) {}
    int32_t gain(uint32_t row) const { return gains ? gains[row] : 64; }
};

// Rows first .. first + rows - 1 of a matrix.
struct SumPart {
    const CodedMatrix* w;
    uint32_t first, rows;
};

struct FixedKernels {
    const char* name;
    // Of the rows of each part, one part after the other: out[i] = sum over c of codes[row][c] * x[c], x
    // (cols). The parts (n) have the same columns, at most kSumRows rows in all, and may have none.
    void (*sums)(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out);
    void (*sums_unsigned)(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out);
};

// Rows that share what is worked out of x; their sums lie on the stack.
constexpr uint32_t kSumRows = 128;
constexpr uint32_t kMostSumParts = 4;

// "scalar", the definition: one code after the other.
const FixedKernels& scalar_fixed_kernels();
// "table": of four ternary codes in a byte (trit2) all sums of four numbers are worked out once for all rows,
// and each byte picks one of them, without a product. 2 KB of stack. Other codes, and few rows, as the
// definition.
const FixedKernels& table_fixed_kernels();
// "pairs": two rows of trit2 at once, each in half a word, eight columns at a time.
const FixedKernels& pairs_fixed_kernels();
// What is fastest without vectors: on cores with the short Thumb alone "table", else "pairs".
const FixedKernels& plain_fixed_kernels();

}  // namespace atome
