// The arithmetic of the fixed engine: integers only, every rounding and every saturation written here.
//
// Rounding is "add half, shift right arithmetically": ties go up. Shifts of negative numbers to the right are
// arithmetic on every compiler that builds this (C++20 says so, C++14 leaves it to them); to the left numbers
// are multiplied. No product passes 32 bits, since a Cortex-M0 has no longer one; bounds stand beside each;
// where a core has 64-bit ones, what is equal may be taken. Q10 means units of 2^-10.
#pragma once

#include <stdint.h>

#include "atome/base/math.h"

namespace atome {
namespace fixed {

static_assert((-3 >> 1) == -2, "shifts to the right must be arithmetic");

constexpr uint32_t kMostShift = 30;

// Division by 2^n, n <= kMostShift, of numbers v with |v| + half a unit of the result < 2^31.
struct Shift {
    int32_t half;
    uint32_t n;
    explicit Shift(uint32_t by) : half(by == 0 ? 0 : int32_t{1} << (by - 1)), n(by) {}
    ATOME_INLINE_MEMBER int32_t operator()(int32_t v) const { return (v + half) >> n; }
};
ATOME_INLINE int32_t round_shift(int32_t v, uint32_t n) { return Shift(n)(v); }

// To what 16, 8 and 29 bits hold.
constexpr int32_t kMost16 = 32767, kMost8 = 127;
#ifdef __ARM_FEATURE_SAT  // one instruction, which compilers miss where they keep the bounds in registers
template <int kBits>
ATOME_INLINE int32_t saturate_to(int32_t v) {
    int32_t result;
    asm("ssat %0, %1, %2" : "=r"(result) : "I"(kBits), "r"(v));
    return result;
}
ATOME_INLINE int32_t saturate16(int32_t v) { return saturate_to<16>(v); }
ATOME_INLINE int32_t saturate8(int32_t v) { return saturate_to<8>(v); }
ATOME_INLINE int32_t saturate29(int32_t v) { return saturate_to<29>(v); }
#else
ATOME_INLINE int32_t saturate(int32_t v, int32_t most) {
    return v < -most - 1 ? -most - 1 : v > most ? most : v;
}
ATOME_INLINE int32_t saturate16(int32_t v) { return saturate(v, kMost16); }
ATOME_INLINE int32_t saturate8(int32_t v) { return saturate(v, kMost8); }
ATOME_INLINE int32_t saturate29(int32_t v) { return saturate(v, (1 << 28) - 1); }
#endif

// v * c / 2^15, rounded. |v| < 2^30, |c| <= 2^15: in two products, of 15 and of 16 bits by c, or in one of 64
// bits where a core has that.
ATOME_INLINE int32_t multiply_q15(int32_t v, int32_t c) {
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB == 2
    return static_cast<int32_t>((int64_t{v} * c + (1 << 14)) >> 15);
#else
    return (v >> 15) * c + (((v & 0x7fff) * c + (1 << 14)) >> 15);
#endif
}

// From the units of a sum to those of what is made of it, 16 bits. |v| < 2^30, 0 <= multiplier < 2^15.
struct Rescale {
    int32_t multiplier = 0;
    Shift before{0}, after{0};  // of the sum and of the product
    ATOME_INLINE_MEMBER int32_t operator()(int32_t v) const {
        return saturate16(after(saturate16(before(v)) * multiplier));
    }
};

// Of 32 bits; v > 0. Cores without an instruction for it take a table of the compiler's library.
ATOME_INLINE int32_t leading_zeros(uint32_t v) { return __builtin_clz(v); }

// floor(sqrt(v)).
ATOME_INLINE uint32_t square_root(uint32_t v) {
    uint32_t root = 0;
    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= v) root |= bit;
    return root;
}

constexpr int32_t kOne = 1 << 15;  // of shares in Q15

// Compile-time tables, from + - * / of binary64 alone.
struct Tables {
    static constexpr uint32_t kExp2 = 64, kSigmoid = 192, kLog2 = 64;
    uint16_t exp2[kExp2 + 1];        // 2^-(i / 64), Q15
    uint16_t sigmoid[kSigmoid + 1];  // 1 / (1 + 2^(i / 16)), Q15
    uint16_t log2[kLog2 + 1];        // log2(1 + i / 64), Q12
    static constexpr uint16_t rounded(double v) { return static_cast<uint16_t>(v + 0.5); }
    constexpr Tables() : exp2(), sigmoid(), log2() {
        double power = 1;
        for (uint32_t i = 0; i <= kExp2; i++, power *= 0.98922801319397548) exp2[i] = rounded(kOne * power);
        power = 1;
        for (uint32_t i = 0; i <= kSigmoid; i++, power *= 1.0442737824274138)
            sigmoid[i] = rounded(kOne / (1 + power));
        for (uint32_t i = 0; i <= kLog2; i++) {
            // ln(1 + t) = 2 atanh(u), u = t / (2 + t) <= 1/3.
            const double u = static_cast<double>(i) / (128.0 + i);
            double term = u, sum = 0;
            for (int n = 1; n < 40; n += 2, term *= u * u) sum += term / n;
            log2[i] = rounded(4096 * 2 * sum * 1.4426950408889634);
        }
    }
};
// Once in a program, however many files read it, which in C++14 only a member of a template is.
template <class T>
struct Shared {
    static constexpr T value = T();
};
template <class T>
constexpr T Shared<T>::value;
static constexpr const Tables& kTables = Shared<Tables>::value;

// Between entry i of a falling table and the next, `low` of 2^bits on the way.
ATOME_INLINE int32_t between(const uint16_t* falling, uint32_t i, uint32_t low, uint32_t bits) {
    return falling[i] - round_shift((falling[i] - falling[i + 1]) * static_cast<int32_t>(low), bits);
}

// 2^t in Q15 for t <= 0 in Q10; 0 from -16 on down.
ATOME_INLINE int32_t exp2(int32_t t) {
    const uint32_t n = static_cast<uint32_t>(-t), whole = n >> 10, rest = n & 1023;
    if (whole >= 16) return 0;
    return round_shift(between(kTables.exp2, rest >> 4, rest & 15, 4), whole);
}

// 1 / (1 + 2^z) in Q15 for z in Q10. Without branches, which no computer would foretell: masks are of all
// bits.
ATOME_INLINE int32_t sigmoid_down(int32_t z) {
    constexpr uint32_t kEnd = Tables::kSigmoid << 6;
    const int32_t negative = -(z < 0);
    const uint32_t n = static_cast<uint32_t>((z ^ negative) - negative), at = n < kEnd ? n : kEnd - 1;
    const int32_t v = between(kTables.sigmoid, at >> 6, at & 63, 6) & -static_cast<int32_t>(n < kEnd);
    return (v ^ negative) - negative + (kOne & negative);
}

// -log2(share) in Q12 for a share in Q15, 1..2^15.
ATOME_INLINE int32_t minus_log2(uint32_t share) {
    int32_t whole = 0;
    for (; share < static_cast<uint32_t>(kOne); share <<= 1) whole++;
    const uint32_t rest = share - static_cast<uint32_t>(kOne), i = rest >> 9;
    if (i >= Tables::kLog2) return (whole << 12) - 4096;
    const int32_t low = kTables.log2[i], high = kTables.log2[i + 1];
    return (whole << 12) - (low + round_shift((high - low) * static_cast<int32_t>(rest & 511), 9));
}

// t (n), of log2 in Q10, becomes its softmax in Q15; n is 1..64. The shares add up to 1 but for their
// roundings.
ATOME_INLINE void softmax(int32_t* t, uint32_t n) {
    int32_t most = t[0];
    for (uint32_t i = 1; i < n; i++) most = t[i] > most ? t[i] : most;
    uint32_t sum = 0;  // 2^15 at least, 2^21 at most
    for (uint32_t i = 0; i < n; i++) {
        t[i] = exp2(t[i] - most);
        sum += static_cast<uint32_t>(t[i]);
    }
    const uint32_t inverse = (1u << 31) / sum;  // 2^16 at most, so that products fit 32 bits without a sign
    for (uint32_t i = 0; i < n; i++)
        t[i] = static_cast<int32_t>((static_cast<uint32_t>(t[i]) * inverse + (1u << 15)) >> 16);
}

// -sum r ln r in nats, Q15; r (P) in Q15. A product is at most 0.54 * 2^27.
ATOME_INLINE int32_t entropy(const uint16_t* r, uint32_t P) {
    int32_t sum = 0;
    for (uint32_t p = 0; p < P; p++)
        if (r[p] > 0 && r[p] < kOne) sum += r[p] * minus_log2(r[p]);
    return multiply_q15(sum >> 12, 22713);  // ln 2
}

}  // namespace fixed
}  // namespace atome
