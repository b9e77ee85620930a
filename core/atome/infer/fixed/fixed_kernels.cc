#include "atome/infer/fixed/kernels.h"

#include "atome/base/math.h"
#include "atome/infer/fixed/loops.h"

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

// Ternary codes of two rows, eight columns each, in the halves of a word; each code becomes 1 - code, which
// is its bits with the lower one turned over. A field of the word, shifted down, times x adds up two rows at
// once: of 128 columns 2 * 127 * 128 at most, which a half holds, and 2 * 255 * 128, which it holds without a
// sign.
constexpr uint32_t kColumnsOfHalf = 128, kColumnsOfWord = 8;
constexpr uint32_t kTwoHalves = 0x00030003;
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
    uint32_t fields = kTwoHalves;
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

// The loops are the same beside whatever way of adding.
#define ATOME_WITH_LOOPS(name, sums)                                                                     \
    {                                                                                                    \
        name, nullptr, sums<int8_t>, sums<uint8_t>, fixed::embed_packed, fixed::norm, fixed::mix,        \
            fixed::rescale, fixed::hidden, fixed::convolve_packed, fixed::state, fixed::selective_state, \
            fixed::attend, fixed::weighted_sum                                                           \
    }
constexpr FixedKernels kScalar = ATOME_WITH_LOOPS("scalar", sums);
constexpr FixedKernels kPairs = ATOME_WITH_LOOPS("pairs", sums_by_pairs);

}  // namespace

const FixedKernels& scalar_fixed_kernels() { return kScalar; }
const FixedKernels& pairs_fixed_kernels() { return kPairs; }

}  // namespace atome
