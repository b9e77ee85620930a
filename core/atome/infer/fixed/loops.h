// Loops of the fixed engine over the numbers of a token, as plain C++: what they say is the definition.
#pragma once

#include <stdint.h>

#include "atome/infer/fixed/arithmetic.h"
#include "atome/infer/fixed/kernels.h"
#include "atome/infer/fixed/plan.h"
#include "atome/kernels/topk.h"

namespace atome {
namespace fixed {

// out = (x - mean) / sqrt(variance + eps) * gain + bias, of x (D). epsilon, gains (D), biases (D) and shift
// are those of the plan.
//
// With S the sum of (x - mean)^2 + eps, z = (x - mean) / sqrt(S) is within 1 and stands in Q15. The root is
// that of S times 4^k, which has 31 or 32 bits.
ATOME_INLINE void norm(const int16_t* x, uint32_t D, uint32_t epsilon, const int16_t* gains,
                       const int16_t* biases, uint32_t shift, int8_t* out) {
    int32_t sum = 0;
    uint64_t squares = 0;
#pragma GCC unroll 4
    for (uint32_t d = 0; d < D; d++) {
        const int32_t v = x[d];
        sum += v;
        squares += static_cast<uint32_t>(v * v);
    }
    // Rounded as everywhere: floor((2 sum + D) / 2D), with rows of the largest number added and taken away,
    // so that what is divided is not negative.
    const int32_t n = static_cast<int32_t>(D);
    const int32_t mean = (sum + n * 32768 + n / 2) / n - 32768;
    uint64_t S = squares + static_cast<uint64_t>(int64_t{mean} * (int64_t{mean} * n - 2 * int64_t{sum})) +
                 (static_cast<uint64_t>(epsilon) << norm_halvings(D));
    int32_t k = 0;
    for (; S >> 32 != 0; S >>= 2) k--;
    if (S != 0) {
        const int32_t up = leading_zeros(static_cast<uint32_t>(S)) / 2;
        S <<= 2 * up;
        k += up;
    }
    const int32_t root = static_cast<int32_t>(square_root(static_cast<uint32_t>(S)));  // 2^15..2^16
    int32_t inverse = root == 0 ? 0 : (1 << 29) / root;                                // 2^13..2^14
    for (; k > 14; k--) inverse *= 2;                                                  // then |x - mean| < 4
    const Shift to_z(static_cast<uint32_t>(14 - k)), to_finer(shift), to_h(kFinerBits);
    for (uint32_t d = 0; d < D; d++) {
        const int32_t z = to_z((x[d] - mean) * inverse);
        out[d] = static_cast<int8_t>(saturate8(to_h(to_finer(z * gains[d]) + biases[d])));
    }
}

// use(i, to(gains[i] * sums[i])).
template <class Use>
ATOME_INLINE void each_row(const RowsOf& rows, Use use) {
    const RowsOf r = rows;
    if (r.gains)
        for (uint32_t i = 0; i < r.n; i++) use(i, r.to(r.gains[i] * r.sums[i]));
    else
        for (uint32_t i = 0; i < r.n; i++) use(i, r.to(64 * r.sums[i]));
}
// x += r * rows, r in Q15.
ATOME_INLINE void mix(const RowsOf& rows, int32_t r, int16_t* x) {
    each_row(rows, [=](uint32_t i, int32_t v) {
        x[i] = static_cast<int16_t>(saturate16(x[i] + round_shift(r * v, 15)));
    });
}
ATOME_INLINE void rescale(const RowsOf& rows, int16_t* out) {
    each_row(rows, [=](uint32_t i, int32_t v) { out[i] = static_cast<int16_t>(v); });
}
// relu(v)^2.
ATOME_INLINE void hidden(const RowsOf& rows, uint8_t* out) {
    each_row(rows, [=](uint32_t i, int32_t v) {
        const int32_t up = v > 0 ? v : 0, square = round_shift(up * up, kHiddenShift);
        out[i] = static_cast<uint8_t>(square > 255 ? 255 : square);
    });
}
// x = row `row` of the embedding.
template <class Code>
ATOME_INLINE void embed(uint32_t D, int32_t gain, Rescale to, Code code, int16_t* x) {
    for (uint32_t d = 0; d < D; d++) x[d] = static_cast<int16_t>(to(gain * code(d)));
}
ATOME_INLINE void embed_packed(const CodedMatrix& w, uint32_t row, Rescale to, int16_t* x) {
    const size_t first = static_cast<size_t>(row) * w.cols;
    with_encoding(w.encoding, [&](auto e) {
        embed(
            w.cols, w.gain(row), to, [&](uint32_t d) { return int32_t{e.code(w.codes, first + d)}; }, x);
    });
}

// What a state adds to x, whose number so far is given.
ATOME_INLINE int16_t mix_state(const StateStep& step, int32_t x, int32_t s, uint32_t d) {
    const int32_t out = saturate16(step.to_x(multiply_q15(s, step.gain[d])));
    return static_cast<int16_t>(saturate16(x + round_shift(step.r * out, 15)));
}
// s = decay s + input, decay in Q15.
ATOME_INLINE void state(const StateStep& all, const int16_t* decay, uint32_t D, int32_t* s, int16_t* x) {
    const StateStep step = all;
    for (uint32_t d = 0; d < D; d++) {
        s[d] = saturate29(multiply_q15(s[d], decay[d]) + step.h[d] * step.finer);
        x[d] = mix_state(step, x[d], s[d], d);
    }
}
// s += (input - s) sigmoid(-(gate + decay)), both of log2 in Q10.
ATOME_INLINE void selective_state(const StateStep& all, const int16_t* decay, const int16_t* gate, uint32_t D,
                                  int32_t* s, int16_t* x) {
    const StateStep step = all;
    for (uint32_t d = 0; d < D; d++) {
        s[d] += multiply_q15(step.h[d] * step.finer - s[d], sigmoid_down(gate[d] + decay[d]));
        x[d] = mix_state(step, x[d], s[d], d);
    }
}

// sums[i] = the sum over the taps j of codes[first + i][j] rows[j][first + i], i < n.
//
// Of five taps in trit2, the kit's number, four channels fill five bytes: every shift is known then, and five
// pointers are what a chip's registers hold. n and first are multiples of 4.
ATOME_INLINE int32_t tap(uint32_t byte, uint32_t code, int32_t x) {
    return (static_cast<int32_t>(byte << (30 - 2 * code)) >> 30) * x;  // 3 is -1
}
ATOME_INLINE void convolve_five(const uint8_t* t, const int8_t* const* rows, uint32_t first, uint32_t n,
                                int32_t* sums) {
    const int8_t *a = rows[0] + first, *b = rows[1] + first, *c = rows[2] + first, *d = rows[3] + first,
                 *e = rows[4] + first;
    t += first / 4 * 5;
    for (const int32_t* const end = sums + n; sums != end; sums += 4, t += 5) {
        sums[0] = tap(t[0], 0, a[0]) + tap(t[0], 1, b[0]) + tap(t[0], 2, c[0]) + tap(t[0], 3, d[0]) +
                  tap(t[1], 0, e[0]);
        sums[1] = tap(t[1], 1, a[1]) + tap(t[1], 2, b[1]) + tap(t[1], 3, c[1]) + tap(t[2], 0, d[1]) +
                  tap(t[2], 1, e[1]);
        sums[2] = tap(t[2], 2, a[2]) + tap(t[2], 3, b[2]) + tap(t[3], 0, c[2]) + tap(t[3], 1, d[2]) +
                  tap(t[3], 2, e[2]);
        sums[3] = tap(t[3], 3, a[3]) + tap(t[4], 0, b[3]) + tap(t[4], 1, c[3]) + tap(t[4], 2, d[3]) +
                  tap(t[4], 3, e[3]);
        a += 4, b += 4, c += 4, d += 4, e += 4;
    }
}
ATOME_INLINE void convolve_packed(const CodedMatrix& taps, const int8_t* const* rows, uint32_t first,
                                  uint32_t n, int32_t* sums) {
    const uint32_t K = taps.cols;
    uint32_t i = 0;
    if (taps.encoding == Encoding::trit2 && K == 5) {
        i = n / 4 * 4;
        convolve_five(taps.codes, rows, first, i, sums);
    }
    with_encoding(taps.encoding, [&](auto row) {
        for (; i < n; i++) {
            int32_t sum = 0;
            row.each(taps.codes, static_cast<size_t>(first + i) * K, K,
                     [&](uint32_t j, int code) { sum += code * rows[j][first + i]; });
            sums[i] = sum;
        }
    });
}

// The sum of a[i] b[i].
ATOME_INLINE int32_t dot(const int8_t* a, const int8_t* b, uint32_t n) {
    int32_t sum = 0;
    const int8_t* const end = a + n;
    for (const int8_t* const even = a + n / 8 * 8; a != even; a += 8, b += 8)
#pragma GCC unroll 8
        for (uint32_t i = 0; i < 8; i++) sum += a[i] * b[i];
    while (a != end) sum += *a++ * *b++;
    return sum;
}

ATOME_INLINE uint32_t attend(const Keys& all, const int8_t* query, uint32_t k, int32_t*, int32_t* kept,
                             uint32_t* slots) {
    const Keys keys = all;
    TopK<int32_t> top(k, kept, slots);  // oldest first: equal scores go to the oldest
    for (uint32_t i = 0, slot = keys.oldest; i < keys.seen; i++) {
        top.offer(dot(query, keys.keys + static_cast<size_t>(slot) * keys.H, keys.H), slot);
        if (++slot == keys.R) slot = 0;
    }
    return top.count();
}

// out[d] = the sum over i < n of shares[i], Q15, times rows[i][d]; d < D.
template <uint32_t kAtOnce>
ATOME_INLINE uint32_t weighted_sum(const int32_t* shares, const int8_t* const* rows, uint32_t n, uint32_t d,
                                   uint32_t D, int8_t* out) {
    for (; d + kAtOnce <= D; d += kAtOnce) {
        int32_t sums[kAtOnce];
#pragma GCC unroll 8
        for (uint32_t j = 0; j < kAtOnce; j++) sums[j] = 1 << 14;  // half of what a shift by 15 takes
        for (uint32_t i = 0; i < n; i++) {
            const int8_t* row = rows[i] + d;
            const int32_t share = shares[i];
#pragma GCC unroll 8
            for (uint32_t j = 0; j < kAtOnce; j++) sums[j] += share * row[j];
        }
#pragma GCC unroll 8
        for (uint32_t j = 0; j < kAtOnce; j++) out[d + j] = static_cast<int8_t>(saturate8(sums[j] >> 15));
    }
    return d;
}
ATOME_INLINE void weighted_sum(const int32_t* shares, const int8_t* const* rows, uint32_t n, uint32_t D,
                               int8_t* out) {
    weighted_sum<1>(shares, rows, n, weighted_sum<8>(shares, rows, n, 0, D, out), D, out);
}

}  // namespace fixed
}  // namespace atome
