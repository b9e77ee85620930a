#include "atome/infer/fixed/sums.h"

#include "atome/base/math.h"

namespace atome {

namespace {

template <class X>
void sum_part(const SumPart& part, const X* x, int32_t* out) {
    const TensorView& w = *part.w;
    with_encoding(w.encoding, [=, &w, &part](auto row) {
        for (uint32_t i = 0; i < part.rows; i++) {
            int32_t sum = 0;
            row.each(w.codes, static_cast<size_t>(part.first + i) * w.cols, w.cols,
                     [&](uint32_t c, int code) { sum += code * x[c]; });
            out[i] = sum;
        }
    });
}

template <class X>
void sums(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    for (uint32_t p = 0; p < n; out += parts[p++].rows) sum_part(parts[p], x, out);
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

// By half such a byte, of its two codes.
struct SumsOfTwo {
    int16_t at[16];
    void set(int32_t a, int32_t b) {
        const auto put = [this](uint32_t i, int32_t number) { at[i] = static_cast<int16_t>(number); };
        put(0, 0), put(1, a), put(3, -a);
        put(4, b), put(5, b + a), put(7, b - a);
        put(12, -b), put(13, a - b), put(15, -a - b);
    }
};

// Rows of a tile from which on it pays to work out all 81 sums of four codes in the place of two times 9.
constexpr uint32_t kRowsForFours = 56;

// A tile of columns c..: `add(bytes of a row there, sum)` for all rows.
template <class Add>
ATOME_INLINE void add_rows(const SumPart* parts, uint32_t n, uint32_t c, int32_t* out, Add add) {
    for (uint32_t p = 0; p < n; p++) {
        const uint32_t stride = parts[p].w->cols / 4;
        const uint8_t* codes = parts[p].w->codes + static_cast<size_t>(parts[p].first) * stride + c / 4;
        for (uint32_t i = 0; i < parts[p].rows; i++, codes += stride, out++) *out += add(codes);
    }
}

template <class X>
void sums_by_table(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    uint32_t rows = 0, cols = 0;
    for (uint32_t p = 0; p < n; p++) {
        if (parts[p].rows == 0) continue;
        if (parts[p].w->encoding != Encoding::trit2 || parts[p].w->cols % 4 != 0)
            return sums(parts, n, x, out);
        rows += parts[p].rows;
        cols = parts[p].w->cols;
    }
    for (uint32_t i = 0; i < rows; i++) out[i] = 0;
    uint32_t c = 0;
    if (rows >= kRowsForFours) {
        SumsOfFour t[4];
        for (; c + 16 <= cols; c += 16) {
            for (uint32_t g = 0; g < 4; g++)
                t[g].set(x[c + 4 * g], x[c + 4 * g + 1], x[c + 4 * g + 2], x[c + 4 * g + 3]);
            add_rows(parts, n, c, out, [&](const uint8_t* p) {
                return (t[0].at[p[0]] + t[1].at[p[1]]) + (t[2].at[p[2]] + t[3].at[p[3]]);
            });
        }
    }
    SumsOfTwo t[4];
    for (; c + 8 <= cols; c += 8) {
        for (uint32_t g = 0; g < 4; g++) t[g].set(x[c + 2 * g], x[c + 2 * g + 1]);
        add_rows(parts, n, c, out, [&](const uint8_t* p) {
            return (t[0].at[p[0] & 15] + t[1].at[p[0] >> 4]) + (t[2].at[p[1] & 15] + t[3].at[p[1] >> 4]);
        });
    }
    for (; c < cols; c += 4) {
        for (uint32_t g = 0; g < 2; g++) t[g].set(x[c + 2 * g], x[c + 2 * g + 1]);
        add_rows(parts, n, c, out, [&](const uint8_t* p) { return t[0].at[*p & 15] + t[1].at[*p >> 4]; });
    }
}

}  // namespace

const FixedKernels& scalar_fixed_kernels() {
    static constexpr FixedKernels kSet = {"scalar", sums<int8_t>, sums<uint8_t>};
    return kSet;
}

const FixedKernels& table_fixed_kernels() {
    static constexpr FixedKernels kSet = {"table", sums_by_table<int8_t>, sums_by_table<uint8_t>};
    return kSet;
}

}  // namespace atome
