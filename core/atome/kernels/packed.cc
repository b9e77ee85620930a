#include "atome/kernels/packed.h"

#include "atome/base/math.h"
#include "atome/kernels/scalar_bodies.h"
#include "atome/kernels/soft_sum.h"

namespace atome {

namespace {

// sum + code * x in the order of the definition, for a row of encodings.h. Adding 0 * x never changes a sum
// that starts from +0, and +-1 times x is exact: where products are slow they are spared.
template <class Row>
ATOME_INLINE float add_product(Row, float sum, int code, float x) {
    if (Row::kMost == 1) return code < 0 ? sum - x : sum + x;  // of these, each() gives no 0
    if (kSoftFloat) {
        if (code == 0) return sum;
        if (code == 1) return sum + x;
        if (code == -1) return sum - x;
    }
    return sum + static_cast<float>(code) * x;
}

// y[r] = row_scale(r) * sum over c of w[r][c] * input(r, c).
template <class Input>
ATOME_INLINE void sum_rows(const TensorView& w, Input input, float* y) {
    if (w.encoding == Encoding::f32) {
        const float* row = w.values;
        for (uint32_t r = 0; r < w.rows; r++, row += w.cols) {
            float sum = 0;
            for (uint32_t c = 0; c < w.cols; c++) sum += row[c] * input(r, c);
            y[r] = sum * w.row_scale(r);
        }
        return;
    }
    with_encoding(w.encoding, [=, &w](auto row) {
        for (uint32_t r = 0; r < w.rows; r++) {
            float sum = 0;
            row.each(w.codes, static_cast<size_t>(r) * w.cols, w.cols,
                     [&](uint32_t c, int code) { sum = add_product(row, sum, code, input(r, c)); });
            y[r] = sum * w.row_scale(r);
        }
    });
}

// matvec_by_integers for codes of sizes up to Row::kMost.
template <class Row>
ATOME_INLINE void sum_by_integers(Row, const TensorView& w, const float* x, float* y) {
    constexpr uint32_t kMost = Row::kMost > 0 ? Row::kMost : 1;
    // Rows share the work of taking a piece of x apart. kCols is even, so that a piece of int4 ends with its
    // byte.
    constexpr uint32_t kRows = kMost == 1 ? 16 : 32;
    constexpr uint32_t kCols = 64 / kMost & ~1u;
    SoftSum apart[kCols][kMost];  // 1, 2, ... kMost times each number of the piece
    for (uint32_t r0 = 0; r0 < w.rows; r0 += kRows) {
        const uint32_t rows = w.rows - r0 < kRows ? w.rows - r0 : kRows;
        SoftSum sums[kRows];
        for (uint32_t c0 = 0; c0 < w.cols; c0 += kCols) {
            const uint32_t cols = w.cols - c0 < kCols ? w.cols - c0 : kCols;
            for (uint32_t c = 0; c < cols; c++)
                for (uint32_t size = 1; size <= kMost; size++) {
                    SoftSum& term = apart[c][size - 1];
                    if (size % 2 != 0) {
                        term = SoftSum::from(static_cast<float>(size) * x[c0 + c]);
                    } else {  // twice another: exact
                        term = apart[c][size / 2 - 1];
                        term.e++;
                    }
                }
            for (uint32_t r = 0; r < rows; r++) {
                SoftSum sum = sums[r];
                const size_t first = static_cast<size_t>(r0 + r) * w.cols + c0;
                Row::each(w.codes, first, cols, [&](uint32_t c, int code) {
                    if (kMost > 1 && code == 0) return;
                    const SoftSum& term = apart[c][(code < 0 ? -code : code) - 1];
                    sum.add(code < 0 ? -term.m : term.m, term.e);
                });
                sums[r] = sum;
            }
        }
        for (uint32_t r = 0; r < rows; r++) y[r0 + r] = sums[r].value() * w.row_scale(r0 + r);
    }
}

}  // namespace

bool matvec_by_integers(const TensorView& w, const float* x, float* y) {
    if (w.encoding == Encoding::f32) return false;
    return with_encoding(w.encoding, [=, &w](auto row) {
        if (row.kMost == 0) return false;
        // kMost times such a number is far from the largest, too.
        for (uint32_t c = 0; c < w.cols; c++)
            if (!is_summable(x[c])) return false;
        sum_by_integers(row, w, x, y);
        return true;
    });
}

void matvec_packed(const TensorView& w, const float* x, float* y) {
    if (kSoftFloat && matvec_by_integers(w, x, y)) return;
    sum_rows(
        w, [x](uint32_t, uint32_t c) { return x[c]; }, y);
}

void read_row(const TensorView& w, uint32_t row, float* out) {
    const size_t first = static_cast<size_t>(row) * w.cols;
    const float scale = w.row_scale(row);
    if (w.encoding == Encoding::f32) {
        for (uint32_t c = 0; c < w.cols; c++) out[c] = w.values[first + c] * scale;
        return;
    }
    with_encoding(w.encoding, [=, &w](auto encoding) {
        for (uint32_t c = 0; c < w.cols; c++)
            out[c] = static_cast<float>(encoding.code(w.codes, first + c)) * scale;
    });
}

void conv_packed(const TensorView& w, const float* const* rows, float* out) {
    sum_rows(
        w, [rows](uint32_t d, uint32_t j) { return rows[j][d]; }, out);
}

void layernorm_bf16(const float* x, const uint8_t* gamma, const uint8_t* beta, uint32_t n, float* out,
                    float* stats) {
    scalar::layernorm(x, Numbers<Bf16>{gamma}, Numbers<Bf16>{beta}, n, out, stats);
}

void state_bf16(const float* a, const uint8_t* b, const uint8_t* c, const float* h, uint32_t D, float* s,
                float* y) {
    scalar::state(a, Numbers<Bf16>{b}, Numbers<Bf16>{c}, h, D, s, y);
}

}  // namespace atome
