#include "atome/kernels/packed.h"

#include "atome/kernels/soft_sum.h"
#include "atome/math.h"

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

}  // namespace

bool matvec_by_integers(const TensorView& w, const float* x, float* y) {
    if (!is_ternary(w)) return false;
    for (uint32_t c = 0; c < w.cols; c++)
        if (!is_summable(x[c])) return false;
    constexpr uint32_t kRows = 16, kCols = 64;
    SoftSum apart[kCols];  // a piece of x
    for (uint32_t r0 = 0; r0 < w.rows; r0 += kRows) {
        const uint32_t rows = w.rows - r0 < kRows ? w.rows - r0 : kRows;
        SoftSum sums[kRows];
        for (uint32_t c0 = 0; c0 < w.cols; c0 += kCols) {
            const uint32_t cols = w.cols - c0 < kCols ? w.cols - c0 : kCols;
            for (uint32_t c = 0; c < cols; c++) apart[c] = SoftSum::from(x[c0 + c]);
            for (uint32_t r = 0; r < rows; r++) {
                SoftSum sum = sums[r];
                const std::size_t first = static_cast<std::size_t>(r0 + r) * w.cols + c0;
                for_signs(w, first, cols, [&](uint32_t c, bool negative) {
                    const SoftSum& term = apart[c];
                    sum.add(negative ? -term.m : term.m, term.e);
                });
                sums[r] = sum;
            }
        }
        for (uint32_t r = 0; r < rows; r++) y[r0 + r] = sums[r].value() * w.row_scale(r0 + r);
    }
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
