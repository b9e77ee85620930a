#include "atome/infer/fixed/sums.h"

#include "atome/base/bytes.h"
#include "atome/base/math.h"

namespace atome {

namespace {

template <class X>
void sum_rows(const TensorView& w, uint32_t first, uint32_t rows, const X* x, int32_t* out) {
    with_encoding(w.encoding, [=, &w](auto row) {
        for (uint32_t i = 0; i < rows; i++) {
            int32_t sum = 0;
            row.each(w.codes, static_cast<size_t>(first + i) * w.cols, w.cols,
                     [&](uint32_t c, int code) { sum += code * x[c]; });
            out[i] = sum;
        }
    });
}

// The patterns of three codes of trit2, in which one code fills the lowest, two the next.
constexpr uint8_t kPatterns[27] = {0,  1,  3,  4,  5,  7,  12, 13, 15, 16, 17, 19, 20, 21,
                                   23, 28, 29, 31, 48, 49, 51, 52, 53, 55, 60, 61, 63};

// By a byte of trit2, the sum of its four codes times four numbers. Bytes that hold no codes have no sum.
struct SumsOfFour {
    int16_t at[256];
    void set(int32_t a, int32_t b, int32_t c, int32_t d) {
        at[0] = 0;
        const auto add = [this](uint32_t patterns, uint32_t shift, int32_t number) {
            for (uint32_t i = 0; i < patterns; i++) {
                int16_t* to = at + kPatterns[i];
                const int32_t v = *to;
                to[1u << shift] = static_cast<int16_t>(v + number);
                to[3u << shift] = static_cast<int16_t>(v - number);
            }
        };
        add(1, 0, a);
        add(3, 2, b);
        add(9, 4, c);
        add(27, 6, d);
    }
};

template <class X>
void sum_by_table(const TensorView& w, uint32_t first, uint32_t rows, const X* x, int32_t* out) {
    const uint32_t cols = w.cols;
    if (w.encoding != Encoding::trit2 || cols % 4 != 0) return sum_rows(w, first, rows, x, out);
    const uint32_t stride = cols / 4;  // bytes of a row
    const uint8_t* codes = w.codes + static_cast<size_t>(first) * stride;
    for (uint32_t i = 0; i < rows; i++) out[i] = 0;
    SumsOfFour t[4];
    uint32_t c = 0;
    for (; c + 16 <= cols; c += 16, codes += 4) {
        for (uint32_t g = 0; g < 4; g++)
            t[g].set(x[c + 4 * g], x[c + 4 * g + 1], x[c + 4 * g + 2], x[c + 4 * g + 3]);
        const uint8_t* p = codes;
        for (uint32_t i = 0; i < rows; i++, p += stride)
            out[i] += (t[0].at[p[0]] + t[1].at[p[1]]) + (t[2].at[p[2]] + t[3].at[p[3]]);
    }
    for (; c < cols; c += 4, codes++) {
        t[0].set(x[c], x[c + 1], x[c + 2], x[c + 3]);
        const uint8_t* p = codes;
        for (uint32_t i = 0; i < rows; i++, p += stride) out[i] += t[0].at[*p];
    }
}

}  // namespace

const FixedKernels& scalar_fixed_kernels() {
    static constexpr FixedKernels kSet = {"scalar", sum_rows<int8_t>, sum_rows<uint8_t>};
    return kSet;
}

const FixedKernels& table_fixed_kernels() {
    static constexpr FixedKernels kSet = {"table", sum_by_table<int8_t>, sum_by_table<uint8_t>};
    return kSet;
}

}  // namespace atome
