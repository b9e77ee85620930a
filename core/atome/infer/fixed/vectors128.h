// The fixed engine's kernels for vectors of 128 bits, by a dot product of 16-bit numbers. To be included by
// the file of one instruction set alone, which says what a V is:
//
// clang-format off
//     V::Words                        four int32_t
//     V::Halves                       eight int16_t
//     V::words(n)                     Words of n
//     V::widen(const int8_t*)         Halves of 8 numbers
//     V::columns(word, X())           Halves: the four X in a word, twice
//     V::twice(low, high)             Halves: low, high, low, high ...
//     V::zip(a, b, &low, &high)       Halves of 8 numbers each: a[0], b[0], a[1] ..., the first 8 in low
//     V::dot(sum, a, b)               Words: sum[i] + a[2i] b[2i] + a[2i + 1] b[2i + 1]
//     V::pairs(a, b)                  Words: a[0] + a[1], a[2] + a[3], b[0] + b[1], b[2] + b[3]
//     V::store(int32_t*, a)           4 numbers
//     V::store_shares(int8_t*, a, b)  a and b shifted right by 15, saturated to 8 bits
// clang-format on
#pragma once

#include "atome/infer/fixed/registry.h"
#include "atome/infer/fixed/vector_loops.h"

namespace atome {
namespace fixed {

// Sums of kBlocks times 8 rows to out; p: their panels, `stride` bytes from block to block.
template <class V, uint32_t kBlocks, class X>
ATOME_INLINE void sum_blocks(const int8_t* p, size_t stride, const X* x, uint32_t cols, int32_t* out) {
    // Of two rows each, and of a row the even and the odd pairs of columns.
    typename V::Words sums[kBlocks][4];
    for (uint32_t b = 0; b < kBlocks; b++)
        for (uint32_t j = 0; j < 4; j++) sums[b][j] = V::words(0);
    const auto add = [&](uint32_t word) {
        const auto v = V::columns(word, X());
#pragma GCC unroll 2
        for (uint32_t b = 0; b < kBlocks; b++)
#pragma GCC unroll 4
            for (uint32_t j = 0; j < 4; j++)
                sums[b][j] = V::dot(sums[b][j], V::widen(p + b * stride + 8 * j), v);
        p += kRowsOfPanel * kColsOfPanel;
    };
    const uint32_t whole = cols / kColsOfPanel * kColsOfPanel;
    for (uint32_t c = 0; c < whole; c += kColsOfPanel) add(last_columns(x + c, kColsOfPanel));
    if (whole < cols) add(last_columns(x + whole, cols - whole));
    for (uint32_t b = 0; b < kBlocks; b++)
        for (uint32_t j = 0; j < 4; j += 2)
            V::store(out + kRowsOfPanel * b + 2 * j, V::pairs(sums[b][j], sums[b][j + 1]));
}

template <class V, class X>
void sums(const SumPart* parts, uint32_t n, const X* x, int32_t* out) {
    for (uint32_t part = 0; part < n; out += parts[part++].rows) {
        const uint32_t rows = parts[part].rows;
        if (rows == 0) continue;
        const Panels panels(*parts[part].w);
        const size_t stride = static_cast<size_t>(kRowsOfPanel) * panels.cols;
        const uint32_t cols = parts[part].w->cols;
        const int8_t* p = panels.at(parts[part].first);
        uint32_t i = 0;
        for (; i + 2 * kRowsOfPanel <= rows; i += 2 * kRowsOfPanel, p += 2 * stride)
            sum_blocks<V, 2>(p, stride, x, cols, out + i);
        for (; i + kRowsOfPanel <= rows; i += kRowsOfPanel, p += stride)
            sum_blocks<V, 1>(p, stride, x, cols, out + i);
        if (i < rows) {
            int32_t last[kRowsOfPanel];
            sum_blocks<V, 1>(p, stride, x, cols, last);
            memcpy(out + i, last, (rows - i) * sizeof *out);
        }
    }
}

// scores[i] = query . keys[i], keys (n, H): four at a time where H is a multiple of 8.
template <class V>
ATOME_INLINE void dots(const int8_t* query, const int8_t* keys, uint32_t n, uint32_t H, int32_t* scores) {
    uint32_t i = 0;
    if (H % 8 == 0)
        for (; i + 4 <= n; i += 4, keys += 4 * H) {
            typename V::Words s[4] = {V::words(0), V::words(0), V::words(0), V::words(0)};
            for (uint32_t h = 0; h < H; h += 8) {
                const auto q = V::widen(query + h);
#pragma GCC unroll 4
                for (uint32_t j = 0; j < 4; j++) s[j] = V::dot(s[j], q, V::widen(keys + j * H + h));
            }
            V::store(scores + i, V::pairs(V::pairs(s[0], s[1]), V::pairs(s[2], s[3])));
        }
    for (; i < n; i++, keys += H) scores[i] = dot(query, keys, H);
}

template <class V>
uint32_t attend_by_vectors(const Keys& keys, const int8_t* query, uint32_t k, int32_t* scores, int32_t* kept,
                           uint32_t* slots) {
    return attend_by(keys, query, k, scores, kept, slots,
                     [](const int8_t* q, const int8_t* all, uint32_t n, uint32_t H, int32_t* out) {
                         dots<V>(q, all, n, H, out);
                     });
}

// Two rows at once where their shares are halves.
template <class V>
void weighted_sum_by_vectors(const int32_t* shares, const int8_t* const* rows, uint32_t n, uint32_t D,
                             int8_t* out) {
    const bool halves = are_halves(shares, n);
    uint32_t d = 0;
    for (; halves && d + 8 <= D; d += 8) {
        typename V::Words low = V::words(1 << 14), high = low;
        for (uint32_t i = 0; i < n; i += 2) {
            const bool both = i + 1 < n;
            typename V::Halves a, b;
            V::zip(rows[i] + d, rows[both ? i + 1 : i] + d, &a, &b);
            const auto share = V::twice(shares[i], both ? shares[i + 1] : 0);
            low = V::dot(low, a, share);
            high = V::dot(high, b, share);
        }
        V::store_shares(out + d, low, high);
    }
    weighted_sum<1>(shares, rows, n, d, D, out);
}

template <class V>
constexpr FixedKernels kernels_of(const char* name) {
    return with_loops(name, sums<V, int8_t>, sums<V, uint8_t>, attend_by_vectors<V>,
                      weighted_sum_by_vectors<V>);
}

}  // namespace fixed
}  // namespace atome
