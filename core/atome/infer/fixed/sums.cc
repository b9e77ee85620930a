#include "atome/infer/fixed/sums.h"

#include "atome/base/math.h"

namespace atome {

namespace {

template <class X>
void sum_part(const SumPart& part, const X* x, int32_t* out) {
    const CodedMatrix& w = *part.w;
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

// The nine patterns of two codes of trit2, and the sums of the codes times two numbers; plus a bias, so that
// none is below 0.
constexpr uint32_t kTwoCodes = 9;
constexpr uint8_t kPatterns[kTwoCodes] = {0, 1, 3, 4, 5, 7, 12, 13, 15};
constexpr int32_t kBias = 2 * 255;
struct SumsOfTwo {
    uint32_t at[kTwoCodes];
    SumsOfTwo(int32_t a, int32_t b)
        : at{biased(0),     biased(a),  biased(-a),    biased(b),     biased(b + a),
             biased(b - a), biased(-b), biased(a - b), biased(-a - b)} {}
    static uint32_t biased(int32_t sum) { return static_cast<uint32_t>(sum + kBias); }
};

// A table by the pattern of a byte: the sums of its four codes times four numbers, plus twice the bias. Other
// bytes have no sum. Patterns that follow each other are written two at a time.
constexpr uint32_t kByte = 256;
typedef uint32_t __attribute__((may_alias)) TwoSums;
template <class X>
void set_table(const X* x, uint16_t* table) {
    const SumsOfTwo low(x[0], x[1]), high(x[2], x[3]);
    const uint32_t first = low.at[0] | low.at[1] << 16, second = low.at[3] | low.at[4] << 16,
                   third = low.at[6] | low.at[7] << 16;
    for (uint32_t j = 0; j < kTwoCodes; j++) {
        uint16_t* to = table + 16 * kPatterns[j];
        const uint32_t one = high.at[j], two = one | one << 16;
        *reinterpret_cast<TwoSums*>(to) = first + two;
        to[3] = static_cast<uint16_t>(low.at[2] + one);
        *reinterpret_cast<TwoSums*>(to + 4) = second + two;
        to[7] = static_cast<uint16_t>(low.at[5] + one);
        *reinterpret_cast<TwoSums*>(to + 12) = third + two;
        to[15] = static_cast<uint16_t>(low.at[8] + one);
    }
}

// The inner loops stand by themselves, so that a chip's few registers hold all that they need. codes: the
// byte of the first row; t: the table of that byte, those of the next behind it.
__attribute__((noinline)) void add_four(const uint8_t* codes, uint32_t stride, uint32_t rows,
                                        const uint16_t* t, int32_t* out) {
    for (uint32_t i = 0; i < rows; i++, codes += stride)
        out[i] += (t[codes[0]] + t[kByte + codes[1]]) + (t[2 * kByte + codes[2]] + t[3 * kByte + codes[3]]);
}
__attribute__((noinline)) void add_one(const uint8_t* codes, uint32_t stride, uint32_t rows,
                                       const uint16_t* t, int32_t* out) {
    for (uint32_t i = 0; i < rows; i++, codes += stride) out[i] += t[codes[0]];
}

// A table takes as long as some 80 codes one after the other, and spares four in each row.
constexpr uint32_t kRowsForTables = 24;

template <class X>
void sums_by_table(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    uint32_t rows = 0, cols = 0;
    bool bytes = true;  // whether each row begins with one
    for (uint32_t p = 0; p < n; p++) {
        if (parts[p].rows == 0) continue;
        bytes = bytes && parts[p].w->encoding == Encoding::trit2 && parts[p].w->cols % 4 == 0;
        rows += parts[p].rows;
        cols = parts[p].w->cols;
    }
    if (!bytes || rows < kRowsForTables) return sums(parts, n, x, out);
    const int32_t biases = 2 * kBias * static_cast<int32_t>(cols / 4);
    for (uint32_t i = 0; i < rows; i++) out[i] = -biases;
    alignas(4) uint16_t tables[4 * kByte];
    for (uint32_t c = 0; c < cols;) {
        const uint32_t taken = cols - c >= 16 ? 4 : 1;  // bytes of a row
        for (uint32_t g = 0; g < taken; g++) set_table(x + c + 4 * g, tables + g * kByte);
        int32_t* to = out;
        for (uint32_t p = 0; p < n; to += parts[p++].rows) {
            const uint32_t stride = parts[p].w->cols / 4;
            const uint8_t* codes = parts[p].w->codes + static_cast<size_t>(parts[p].first) * stride + c / 4;
            (taken == 4 ? add_four : add_one)(codes, stride, parts[p].rows, tables, to);
        }
        c += 4 * taken;
    }
}

// Ternary codes of two rows, eight columns each, in the halves of a word; each code becomes 1 - code, which
// is its bits with the lower one turned over. A field of the word, shifted down, times x adds up two rows at
// once: of 128 columns 2 * 127 * 128 at most, which a half holds, and 2 * 255 * 128, which it holds without a
// sign.
constexpr uint32_t kColumnsOfHalf = 128, kColumnsOfWord = 8;
constexpr uint32_t kFields = 0x00030003;
typedef uint16_t __attribute__((may_alias)) Halfword;
template <class X>
struct Half;
template <>
struct Half<int8_t> {
    typedef int16_t type;
};
template <>
struct Half<uint8_t> {
    typedef uint16_t type;
};
template <class X>
using HalfOf = typename Half<X>::type;

// Of 2 * kPairs rows that follow each other, `next` halfwords apart, and cols <= kColumnsOfHalf of their
// columns; ones: the sum of x. out becomes the sum or, where not `first`, more by it. Every pointer that
// walks is one register: the compiler is kept from giving each row its own, which a chip does not have.
template <uint32_t kPairs, class X>
__attribute__((noinline)) void add_pairs(const Halfword* p, uint32_t next, const X* x, uint32_t cols,
                                         int32_t ones, bool first, int32_t* out) {
    uint32_t fields = kFields;
    asm("" : "+r"(fields));  // so that shift and mask are one instruction
    uint32_t sums[kPairs] = {};
    for (const X* const end = x + cols; x != end;) {
        uint32_t w[kPairs];
        const Halfword* row = p++;
#pragma GCC unroll 4
        for (uint32_t i = 0; i < kPairs; i++) {
            w[i] = (row[0] | static_cast<uint32_t>(row[next]) << 16) ^ 0x55555555;
            row += 2 * next;
            asm("" : "+r"(row));
        }
#pragma GCC unroll 8
        for (uint32_t k = 0; k < kColumnsOfWord; k++) {
            const uint32_t v = static_cast<uint32_t>(int32_t{*x++});
#pragma GCC unroll 4
            for (uint32_t i = 0; i < kPairs; i++) {
                sums[i] += (w[i] >> 2 * k & fields) * v;
                asm("" : "+r"(sums[i]));
            }
        }
    }
#pragma GCC unroll 4
    for (uint32_t i = 0; i < kPairs; i++) {
        // The half of the type of x: with a sign or without.
        const int32_t low = static_cast<HalfOf<X>>(sums[i]);
        const int32_t high = static_cast<HalfOf<X>>((sums[i] - static_cast<uint32_t>(low)) >> 16);
        out[2 * i] = ones - low + (first ? 0 : out[2 * i]);
        out[2 * i + 1] = ones - high + (first ? 0 : out[2 * i + 1]);
    }
}

// Rows of whole words at even addresses; what is not, as the definition.
constexpr uint32_t kPairsAtOnce = 4;
template <class X>
void sums_by_pairs(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    for (uint32_t part = 0; part < n; part++) {
        const CodedMatrix& w = *parts[part].w;
        const uint32_t rows = parts[part].rows, next = w.cols / kColumnsOfWord;
        const uint8_t* codes = w.codes + static_cast<size_t>(parts[part].first) * w.cols / 4;
        if (w.encoding != Encoding::trit2 || w.cols % kColumnsOfWord != 0 ||
            reinterpret_cast<uintptr_t>(codes) % 2 != 0)
            sum_part(parts[part], x, out);
        else
            for (uint32_t c = 0; rows > 0 && c < w.cols; c += kColumnsOfHalf) {
                const uint32_t cols = w.cols - c < kColumnsOfHalf ? w.cols - c : kColumnsOfHalf;
                int32_t ones = 0;
                for (const X *at = x + c, *const end = at + cols; at != end; at += kColumnsOfWord)
#pragma GCC unroll 8
                    for (uint32_t i = 0; i < kColumnsOfWord; i++) ones += at[i];
                const auto* p = reinterpret_cast<const Halfword*>(codes) + c / kColumnsOfWord;
                uint32_t i = 0;
                for (; i + 2 * kPairsAtOnce <= rows; i += 2 * kPairsAtOnce, p += 2 * kPairsAtOnce * next)
                    add_pairs<kPairsAtOnce>(p, next, x + c, cols, ones, c == 0, out + i);
                for (; i + 2 <= rows; i += 2, p += 2 * next)
                    add_pairs<1>(p, next, x + c, cols, ones, c == 0, out + i);
                if (i < rows) {  // the last row, twice
                    int32_t both[2] = {out[i], 0};
                    add_pairs<1>(p, 0, x + c, cols, ones, c == 0, both);
                    out[i] = both[0];
                }
            }
        out += rows;
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

const FixedKernels& pairs_fixed_kernels() {
    static constexpr FixedKernels kSet = {"pairs", sums_by_pairs<int8_t>, sums_by_pairs<uint8_t>};
    return kSet;
}

const FixedKernels& plain_fixed_kernels() {
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB == 1
    return table_fixed_kernels();
#else
    return pairs_fixed_kernels();
#endif
}

}  // namespace atome
