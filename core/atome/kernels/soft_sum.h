// Sums of binary32 numbers on chips without an FPU, by integers, with the bits that an FPU gives: every
// addition is rounded to 24 bits, to nearest, ties to even.
//
// The compiler's library takes apart, aligns, rounds and puts together for each addition (about 50
// instructions on a Cortex-M3). A sum over the same vector for many rows can take the vector apart once and
// keep the running sum apart, which leaves about 15.
#pragma once

#include "atome/base/math.h"

namespace atome {

// m * 2^(e - 127 - 29). Either 0 with exponent kOfZero, or |m| in [2^29, 2^30]: 24 bits with 6 guard bits,
// zero between additions. The exponent has no bounds, which changes no result: a sum of floats below the
// normal range is exact, and sums near the upper end are left to the caller (see is_summable).
struct SoftSum {
    static constexpr int32_t kGuard = 6;
    static constexpr int32_t kOfZero = -100000;

    int32_t m = 0;
    int32_t e = kOfZero;

    // x must be finite.
    static SoftSum from(float x) {
        const uint32_t bits = bits_as<uint32_t>(x);
        const uint32_t fraction = bits & 0x007FFFFFu;
        SoftSum s;
        s.e = static_cast<int32_t>(bits >> 23 & 0xFFu);
        if (s.e == 0) {
            if (fraction == 0) return {};
            const int32_t shift = __builtin_clz(fraction) - 2;
            s.m = static_cast<int32_t>(fraction << shift);
            s.e = 1 + kGuard - shift;
        } else {
            s.m = static_cast<int32_t>((fraction | 0x00800000u) << kGuard);
        }
        if (bits >> 31) s.m = -s.m;
        return s;
    }

    // Adds (m, e) of a SoftSum::from.
    ATOME_INLINE_MEMBER void add(int32_t xm, int32_t xe) {
        int32_t big = m, small = xm, shift = e - xe;
        if (shift < 0) {
            big = xm;
            small = m;
            shift = -shift;
            e = xe;
        }
        int32_t sum;
        if (shift <= kGuard) {
            sum = big + (small >> shift);
        } else {
            // Bits that fall off the end leave a mark, so that they break ties.
            if (shift > 31) shift = 31;
            const int32_t kept = small >> shift;
            const uint32_t lost = static_cast<uint32_t>(small) << (32 - shift);
            sum = big + (kept | (lost != 0));
        }
        // |sum|, or one less where it is negative: only picks the path.
        const uint32_t size = static_cast<uint32_t>(sum ^ sum >> 31);
        if (size >> 29 == 1)
            m = rounded(sum, kGuard);
        else
            normalise(sum);
    }

    float value() const {
        if (m == 0) return 0;
        const uint32_t sign = m < 0 ? 0x80000000u : 0;
        uint32_t digits = static_cast<uint32_t>(m < 0 ? -m : m) >> kGuard;  // 2^23 .. 2^24
        int32_t exponent = e;
        if (digits == 1u << 24) {
            digits >>= 1;
            exponent++;
        }
        if (exponent < 1) return bits_as<float>(sign | digits >> (1 - exponent));
        return bits_as<float>(sign | ((static_cast<uint32_t>(exponent - 1) << 23) + digits));
    }

  private:
    // To the nearest multiple of 2^k, ties to the even one; for either sign.
    static int32_t rounded(int32_t sum, int32_t k) {
        const int32_t odd = sum >> k & 1;
        return (sum + ((1 << (k - 1)) - 1) + odd) & ~((1 << k) - 1);
    }

    __attribute__((noinline)) void normalise(int32_t sum) {
        if (sum == 0) {
            *this = {};
            return;
        }
        const uint32_t magnitude = sum < 0 ? 0 - static_cast<uint32_t>(sum) : static_cast<uint32_t>(sum);
        const int32_t shift = __builtin_clz(magnitude) - 2;
        e -= shift;
        if (shift < 0)
            m = rounded(sum, kGuard + 1) >> 1;
        else
            m = rounded(static_cast<int32_t>(static_cast<uint32_t>(sum) << shift), kGuard);
    }
};

// Whether a sum of up to 2^16 such numbers stays finite.
inline bool is_summable(float x) { return (bits_as<uint32_t>(x) >> 23 & 0xFFu) < 227; }

}  // namespace atome
