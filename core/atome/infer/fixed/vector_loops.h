// Loops of the fixed engine for machines with vectors, which the compiler makes of plain C++ for each of
// them. To be included by the file of one instruction set alone. What is not here is in loops.h.
#pragma once

#include <string.h>

#include "atome/infer/fixed/loops.h"
#include "atome/infer/fixed/panels.h"

namespace atome {
namespace fixed {

// Of codes unpacked, (V, D).
ATOME_INLINE void embed_unpacked(const CodedMatrix& w, uint32_t row, Rescale to, int16_t* x) {
    const auto* codes = reinterpret_cast<const int8_t*>(w.codes) + static_cast<size_t>(row) * w.cols;
    embed(
        w.cols, w.gain(row), to, [=](uint32_t d) { return int32_t{codes[d]}; }, x);
}

// Of taps unpacked, (K, D).
ATOME_INLINE void convolve_unpacked(const CodedMatrix& taps, const int8_t* const* rows, uint32_t first,
                                    uint32_t n, int32_t* sums) {
    const auto* codes = reinterpret_cast<const int8_t*>(taps.codes) + first;
    for (uint32_t i = 0; i < n; i++) sums[i] = 0;
    for (uint32_t j = 0; j < taps.cols; j++, codes += taps.rows) {
        const int8_t* row = rows[j] + first;
        for (uint32_t i = 0; i < n; i++) sums[i] += codes[i] * row[i];
    }
}

// The k largest of n scores, of equal ones the first: from the score that the k-th has, found by halving what
// lies between the least and the largest. n > k >= 1. slot_of(i): the slot of score i.
template <class SlotOf>
ATOME_INLINE void select(const int32_t* scores, uint32_t n, uint32_t k, int32_t* kept, uint32_t* slots,
                         SlotOf slot_of) {
    int32_t least = scores[0], most = scores[0];
    for (uint32_t i = 0; i < n; i++) least = scores[i] < least ? scores[i] : least;
    for (uint32_t i = 0; i < n; i++) most = scores[i] > most ? scores[i] : most;
    const auto above = [=](int32_t limit) {
        int32_t count = 0;
        for (uint32_t i = 0; i < n; i++) count += scores[i] > limit;
        return static_cast<uint32_t>(count);
    };
    // Fewer than k are above `most`, at least k above least - 1.
    least--;
    while (most - least > 1) {
        const int32_t middle = least + (most - least) / 2;
        if (above(middle) >= k)
            least = middle;
        else
            most = middle;
    }
    // The k-th is `most` now. Those above it, and as many equal ones as there is room for.
    uint32_t equal = k - above(most), count = 0;
    for (uint32_t i = 0; count < k; i++) {
        const uint32_t tied = (scores[i] == most) & (equal > 0);
        kept[count] = scores[i];
        slots[count] = slot_of(i);
        count += (scores[i] > most) | tied;
        equal -= tied;
    }
}

// As attend(), of scores that are worked out by dots(query, keys, n, H, scores).
template <class Dots>
ATOME_INLINE uint32_t attend_by(const Keys& keys, const int8_t* query, uint32_t k, int32_t* scores,
                                int32_t* kept, uint32_t* slots, Dots dots) {
    const uint32_t straight = keys.R - keys.oldest < keys.seen ? keys.R - keys.oldest : keys.seen;
    dots(query, keys.keys + static_cast<size_t>(keys.oldest) * keys.H, straight, keys.H, scores);
    dots(query, keys.keys, keys.seen - straight, keys.H, scores + straight);
    const auto slot_of = [&](uint32_t i) { return i < straight ? keys.oldest + i : i - straight; };
    if (keys.seen > k) {
        select(scores, keys.seen, k, kept, slots, slot_of);
        return k;
    }
    for (uint32_t i = 0; i < keys.seen; i++) {
        kept[i] = scores[i];
        slots[i] = slot_of(i);
    }
    return keys.seen;
}

// The rest of a row, of fewer columns than a block, as a word.
template <class X>
ATOME_INLINE uint32_t last_columns(const X* x, uint32_t n) {
    uint32_t word = 0;
    memcpy(&word, x, n);
    return word;
}

// Whether shares (n) have 16 bits each, so that two of them fill a word: all but a share of 1, beside which
// none is of note.
ATOME_INLINE bool are_halves(const int32_t* shares, uint32_t n) {
    bool all = true;
    for (uint32_t i = 0; i < n; i++) all = all && shares[i] < kOne;
    return all;
}

// A set of kernels for unpacked matrices: what an instruction set writes by hand, and the loops that the
// compiler makes of plain C++ for it.
constexpr FixedKernels with_loops(const char* name, decltype(FixedKernels::sums) sums,
                                  decltype(FixedKernels::sums_unsigned) sums_unsigned,
                                  decltype(FixedKernels::attend) attend,
                                  decltype(FixedKernels::weighted_sum) weighted_sum) {
    return {name,   &kPanels,          sums,  sums_unsigned,   embed_unpacked, norm,        mix, rescale,
            hidden, convolve_unpacked, state, selective_state, attend,         weighted_sum};
}

}  // namespace fixed
}  // namespace atome
