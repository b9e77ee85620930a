// The inner loops of the fixed engine, behind one table so that each way can be forced and compared. All is
// exact, so every way gives the same, in whatever order it adds.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/infer/fixed/arithmetic.h"
#include "atome/model/view.h"

namespace atome {

// A matrix as the inner loops see it, in a third of the bytes of a TensorView. The codes lie as in the file
// or as the kernels unpack them; gains lie in the file.
struct CodedMatrix {
    const uint8_t* codes = nullptr;
    const uint8_t* gains = nullptr;  // (rows)  in 1/64; null: all are 64
    uint16_t rows = 0, cols = 0;
    Encoding encoding = Encoding::trit2;  // in the file
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
// Rows that are summed at once; their sums lie on the stack. A part that does not end its matrix has a
// multiple of kRowsOfPanel rows.
constexpr uint32_t kSumRows = 128;
constexpr uint32_t kMostSumParts = 4;
constexpr uint32_t kRowsOfPanel = 8;

// Sums of rows become numbers: to(gain * sum), gains (n) or null for 64.
struct RowsOf {
    const int32_t* sums;
    const uint8_t* gains;
    uint32_t n;
    fixed::Rescale to;
};

// What both kinds of state have in common: s has 29 bits, its inputs h * finer 128 * 2^20 at most, and
// x += r * (gain * s).
struct StateStep {
    const int8_t* h;
    int32_t finer;
    const int16_t* gain;
    fixed::Shift to_x;
    int32_t r;
};

// What attention looks at: `seen` of the R keys (R, H), from slot `oldest` on and around.
struct Keys {
    const int8_t* keys;
    uint32_t H, R, oldest, seen;
};

struct FixedKernels {
    const char* name;
    // How matrices are unpacked into the arena; null: they are read in the file. Where they are, so are the
    // convolution's taps, (K, D), and the embedding, (V, D), a byte a code.
    struct Unpacking {
        uint64_t (*bytes)(uint32_t rows, uint32_t cols);
        void (*unpack)(const TensorView& w, uint8_t* out);
    };
    const Unpacking* unpacking;

    // Of the rows of each part, one part after the other: out[i] = sum over c of codes[row][c] * x[c], x
    // (cols). The parts (n) have the same columns, at most kSumRows rows in all, and may have none.
    void (*sums)(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out);
    void (*sums_unsigned)(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out);
    // See loops.h.
    void (*embed)(const CodedMatrix& w, uint32_t row, fixed::Rescale to, int16_t* x);
    void (*norm)(const int16_t* x, uint32_t D, uint32_t epsilon, const int16_t* gains, const int16_t* biases,
                 uint32_t shift, int8_t* out);
    void (*mix)(const RowsOf& rows, int32_t r, int16_t* x);
    void (*rescale)(const RowsOf& rows, int16_t* out);
    void (*hidden)(const RowsOf& rows, uint8_t* out);
    void (*convolve)(const CodedMatrix& taps, const int8_t* const* rows, uint32_t first, uint32_t n,
                     int32_t* sums);
    void (*state)(const StateStep& step, const int16_t* decay, uint32_t D, int32_t* s, int16_t* x);
    void (*selective_state)(const StateStep& step, const int16_t* decay, const int16_t* gate, uint32_t D,
                            int32_t* s, int16_t* x);
    // The k largest scores query . key, of equal ones the oldest, and their slots, in any order; how many.
    // scores (seen): scratch, where matrices are unpacked.
    uint32_t (*attend)(const Keys& keys, const int8_t* query, uint32_t k, int32_t* scores, int32_t* kept,
                       uint32_t* slots);
    void (*weighted_sum)(const int32_t* shares, const int8_t* const* rows, uint32_t n, uint32_t D,
                         int8_t* out);
};

// "scalar", the definition: one code after the other.
const FixedKernels& scalar_fixed_kernels();
// "pairs", for cores without vectors: two rows of trit2 at once, each in half a word, eight columns at a
// time.
const FixedKernels& pairs_fixed_kernels();

}  // namespace atome
