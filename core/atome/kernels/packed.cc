#include "atome/kernels/packed.h"

#include "atome/base/math.h"
#include "atome/kernels/soft_sum.h"

namespace atome {

namespace {

// Codes are decoded in short runs on the stack.
constexpr uint32_t kRun = 32;

// sum + code * x in the order of the definition. Adding 0 * x never changes a sum that starts from +0, so
// zeros are skipped; +-1 times x is exact, so a product is spared.
inline float add_product(float sum, int8_t code, float x) {
    if (code == 0) return sum;
    if (code == 1) return sum + x;
    if (code == -1) return sum - x;
    return sum + static_cast<float>(code) * x;
}

// w[first + i * step] * x... for one row or channel of a coded tensor: calls use(i, code) for i < n.
template <class Use>
inline void for_codes(const TensorView& w, std::size_t first, uint32_t n, Use use) {
    int8_t codes[kRun];
    for (uint32_t done = 0; done < n; done += kRun) {
        const uint32_t run = n - done < kRun ? n - done : kRun;
        decode_codes(w, first + done, run, codes);
        for (uint32_t i = 0; i < run; i++) use(done + i, codes[i]);
    }
}

bool is_ternary(const TensorView& w) {
    return w.encoding == Encoding::trit2 || w.encoding == Encoding::trit5;
}

// Five codes of a trit5 byte as trit2 has them: two bits each from the low end.
struct TritTable {
    uint16_t pattern[243];
    constexpr TritTable() : pattern() {
        for (uint32_t byte = 0; byte < 243; byte++) {
            constexpr uint16_t kPattern[3] = {3, 0, 1};  // -1, 0, +1
            uint32_t rest = byte;
            for (uint32_t i = 0; i < 5; i++, rest /= 3)
                pattern[byte] = static_cast<uint16_t>(pattern[byte] | kPattern[rest % 3] << 2 * i);
        }
    }
};
constexpr TritTable kTrits;

// Calls use(i, negative) in order for every i < n whose code, first + i of a ternary tensor, is not 0.
template <class Use>
ATOME_INLINE void for_signs(const TensorView& w, std::size_t first, uint32_t n, Use use) {
    const bool two_bits = w.encoding == Encoding::trit2;
    const uint32_t in_byte = two_bits ? 4 : 5;
    const uint8_t* p = w.codes + first / in_byte;
    uint32_t skip = static_cast<uint32_t>(first % in_byte);
    for (uint32_t i = 0; i < n; skip = 0) {
        uint32_t bits = two_bits ? *p : kTrits.pattern[*p];
        p++;
        bits >>= 2 * skip;
        uint32_t end = i + in_byte - skip;
        if (end > n) {
            end = n;
            bits &= (1u << 2 * (n - i)) - 1;
        }
        for (uint32_t at = i; bits != 0; bits >>= 2, at++)
            if (bits & 1) use(at, (bits & 2) != 0);
        i = end;
    }
}

// Calls use(i, code) in order for every i < n, n >= 1: code first + i of an int4 tensor.
template <class Use>
ATOME_INLINE void for_nibbles(const TensorView& w, std::size_t first, uint32_t n, Use use) {
    const uint8_t* p = w.codes + first / 2;
    uint32_t half = first % 2;
    uint32_t bits = half ? uint32_t{*p} >> 4 : *p;
    for (uint32_t i = 0;;) {
        use(i, static_cast<int32_t>(bits << 28) >> 28);
        if (++i == n) break;
        half ^= 1;
        bits = half ? bits >> 4 : *++p;
    }
}

// matvec_by_integers for codes of sizes up to kMost. for_codes_of(first, n, add) calls add(i, size, negative)
// for every i < n whose code, first + i of the tensor, is not 0.
template <uint32_t kMost, class ForCodes>
ATOME_INLINE void matvec_by_sizes(const TensorView& w, const float* x, float* y, ForCodes for_codes_of) {
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
                const std::size_t first = static_cast<std::size_t>(r0 + r) * w.cols + c0;
                for_codes_of(first, cols, [&](uint32_t c, uint32_t size, bool negative) {
                    const SoftSum& term = apart[c][size - 1];
                    sum.add(negative ? -term.m : term.m, term.e);
                });
                sums[r] = sum;
            }
        }
        for (uint32_t r = 0; r < rows; r++) y[r0 + r] = sums[r].value() * w.row_scale(r0 + r);
    }
}

}  // namespace

bool matvec_by_integers(const TensorView& w, const float* x, float* y) {
    const bool int4 = w.encoding == Encoding::int4;
    if (!int4 && !is_ternary(w)) return false;
    // Seven times such a number is far from the largest, too.
    for (uint32_t c = 0; c < w.cols; c++)
        if (!is_summable(x[c])) return false;
    if (int4)
        matvec_by_sizes<kInt4Most>(w, x, y, [&](std::size_t first, uint32_t n, auto add) {
            for_nibbles(w, first, n, [&](uint32_t i, int32_t code) {
                if (code != 0) add(i, static_cast<uint32_t>(code < 0 ? -code : code), code < 0);
            });
        });
    else
        matvec_by_sizes<1>(w, x, y, [&](std::size_t first, uint32_t n, auto add) {
            for_signs(w, first, n, [&](uint32_t i, bool negative) { add(i, 1, negative); });
        });
    return true;
}

void matvec_packed(const TensorView& w, const float* x, float* y) {
    if constexpr (kSoftFloat)
        if (matvec_by_integers(w, x, y)) return;
    for (uint32_t r = 0; r < w.rows; r++) {
        const std::size_t first = static_cast<std::size_t>(r) * w.cols;
        float sum = 0;
        if (w.encoding == Encoding::f32) {
            const float* row = w.values + first;
            for (uint32_t c = 0; c < w.cols; c++) sum += row[c] * x[c];
        } else if (is_ternary(w)) {
            for_signs(w, first, w.cols,
                      [&](uint32_t c, bool negative) { sum = negative ? sum - x[c] : sum + x[c]; });
        } else if (!kSoftFloat && w.encoding == Encoding::int4) {
            for_nibbles(w, first, w.cols,
                        [&](uint32_t c, int32_t code) { sum += static_cast<float>(code) * x[c]; });
        } else {
            for_codes(w, first, w.cols, [&](uint32_t c, int8_t code) { sum = add_product(sum, code, x[c]); });
        }
        y[r] = sum * w.row_scale(r);
    }
}

void read_row(const TensorView& w, uint32_t row, float* out) {
    const std::size_t first = static_cast<std::size_t>(row) * w.cols;
    const float scale = w.row_scale(row);
    if (w.encoding == Encoding::f32) {
        for (uint32_t c = 0; c < w.cols; c++) out[c] = w.values[first + c] * scale;
    } else {
        for_codes(w, first, w.cols,
                  [&](uint32_t c, int8_t code) { out[c] = static_cast<float>(code) * scale; });
    }
}

void conv_packed(const TensorView& w, const float* const* rows, float* out) {
    for (uint32_t d = 0; d < w.rows; d++) {
        const std::size_t first = static_cast<std::size_t>(d) * w.cols;
        float sum = 0;
        if (w.encoding == Encoding::f32) {
            for (uint32_t j = 0; j < w.cols; j++) sum += w.values[first + j] * rows[j][d];
        } else if (is_ternary(w)) {
            for_signs(w, first, w.cols, [&](uint32_t j, bool negative) {
                sum = negative ? sum - rows[j][d] : sum + rows[j][d];
            });
        } else {
            for_codes(w, first, w.cols,
                      [&](uint32_t j, int8_t code) { sum = add_product(sum, code, rows[j][d]); });
        }
        out[d] = sum * w.row_scale(d);
    }
}

}  // namespace atome
