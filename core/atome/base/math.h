// exp, tanh, log, erf and sqrt on binary32, from + - * / and integer operations only, so that every target
// gives the same bits. The polynomials are those of Cephes (S. Moshier, netlib.org/cephes, single
// precision); the largest errors measured by tests/infer/math_test.cc are below 2 units in the last place,
// erf's below 3.
#pragma once

#include <stdint.h>

// A build of the fixed engine alone, which has no floats to get wrong, may say ATOME_FIXED_ONLY.
#if defined(__FAST_MATH__) && !defined(ATOME_FIXED_ONLY)
#error "atome needs IEEE arithmetic: build without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "atome needs binary32 arithmetic without extra precision (FLT_EVAL_METHOD 0)"
#endif

// Always inlined: kernels are compiled several times for several instruction sets, and a shared copy of an
// inline function might end up holding instructions that the machine at hand lacks.
#define ATOME_INLINE static inline __attribute__((always_inline))
#define ATOME_INLINE_MEMBER inline __attribute__((always_inline))

namespace atome {

template <class To, class From>
ATOME_INLINE To bits_as(From from) {
    static_assert(sizeof(To) == sizeof(From), "bits go into a type of their size");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

// 1.5 * 2^23: its last bit is worth 1, so that adding it to a number below 2^22 rounds that half to even.
constexpr float kRounder = 12582912.0f;

// x clamped to [-most, most] and rounded half to even. most is a whole number below 2^22; x is not NaN.
ATOME_INLINE float round_within(float x, float most) {
    x = x < -most ? -most : x;
    x = x > most ? most : x;
    return x + kRounder - kRounder;
}

// e^x for x clamped to [-87, 88]: the result is always a normal number. F is float or a vector of floats
// and I the integer type of the same shape; every lane gets what the scalar gets.
template <class F, class I>
ATOME_INLINE F exp_lanes(F x) {
    const F zero = F{};
    const F least = zero - 87.0f;
    const F most = zero + 88.0f;
    x = x < least ? least : x;
    x = x > most ? most : x;
    // x / ln 2 rounded to an integer n, which is left in the low bits, too.
    const F shifted = x * 1.44269504088896341f + kRounder;
    const F n = shifted - kRounder;
    const I n_int = bits_as<I>(shifted) - 0x4B400000;
    // r = x - n ln 2, with ln 2 in two parts so that n * 0.693359375 is exact.
    const F r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    F p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * bits_as<F>((n_int + 127) << 23);
}

ATOME_INLINE float exp(float x) { return exp_lanes<float, int32_t>(x); }

// Natural logarithm of a positive normal number.
ATOME_INLINE float log(float x) {
    int32_t bits = bits_as<int32_t>(x);
    // Bring the mantissa into [sqrt(1/2), sqrt(2)) so that the polynomial's argument is small.
    int32_t exponent = (bits >> 23) - 126;
    float m = bits_as<float>((bits & 0x007FFFFF) | 0x3F000000);
    if (m < 0.70710678118654752f) {
        exponent -= 1;
        m = m + m;
    }
    m = m - 1.0f;
    const float z = m * m;
    float p = 7.0376836292e-2f * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    const float e = static_cast<float>(exponent);
    float y = p * m * z;
    y = y + e * -2.12194440e-4f;
    y = y - 0.5f * z;
    return (m + y) + e * 0.693359375f;
}

// The hyperbolic tangent below kNearZero, and that of |x| from there on. F and I as for exp_lanes.
constexpr float kNearZero = 0.625f;
template <class F>
ATOME_INLINE F tanh_near(F x) {
    const F z = x * x;
    F p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    return p * z * x + x;
}
template <class F, class I>
ATOME_INLINE F tanh_far(F a) {
    return 1.0f - 2.0f / (exp_lanes<F, I>(a + a) + 1.0f);  // 1 from about 9 on
}

ATOME_INLINE float tanh(float x) {
    const float a = x < 0 ? -x : x;
    if (a < kNearZero) return tanh_near(x);
    const float t = tanh_far<float, int32_t>(a);
    return x < 0 ? -t : t;
}

// The same in every lane, without a branch.
template <class F, class I>
ATOME_INLINE F tanh_lanes(F x) {
    const F zero = F{};
    const F a = x < zero ? -x : x;
    const F t = tanh_far<F, I>(a);
    return a < zero + kNearZero ? tanh_near(x) : x < zero ? -t : t;
}

// The error function: Cephes' erff, a polynomial below 1 and 1 - exp(-x^2) / x * polynomial(1 / x^2) above;
// that polynomial is meant for 1..2, beyond which nothing of its error is left in 1 - it. Absolute error
// below 1.5e-7, |erf| <= 1. F and I as for exp_lanes.
template <class F, class I>
ATOME_INLINE F erf_lanes(F x) {
    const F zero = F{};
    const F one = zero + 1.0f;
    const F most = zero + 10.0f;  // erf is 1 from about 4 on
    F a = x < zero ? -x : x;
    a = a > most ? most : a;
    const F z = a * a;
    F p = z * 7.853861353153693e-5f - 8.010193625184903e-4f;
    p = p * z + 5.188327685732524e-3f;
    p = p * z - 2.685381193529856e-2f;
    p = p * z + 1.128358514861418e-1f;
    p = p * z - 3.761262582423300e-1f;
    p = p * z + 1.128379165726710f;
    const F q = one / (a < one ? one : a);
    const F y = q * q;
    F t = y * 2.326819970068386e-2f - 1.387039388740657e-1f;
    t = t * y + 3.687424674597105e-1f;
    t = t * y - 5.824733027278666e-1f;
    t = t * y + 6.210004621745983e-1f;
    t = t * y - 4.944515323274145e-1f;
    t = t * y + 3.404879937665872e-1f;
    t = t * y - 2.741127028184656e-1f;
    t = t * y + 5.638259427386472e-1f;
    const F far = one - exp_lanes<F, I>(-z) * q * t;
    return a < one ? x * p : x < zero ? -far : far;
}

ATOME_INLINE float erf(float x) { return erf_lanes<float, int32_t>(x); }

// The correctly rounded square root by integer operations alone, one binary digit of the root at a time.
inline float sqrt_by_digits(float x) {
    uint32_t m = bits_as<uint32_t>(x);
    if (m << 1 == 0 || m == 0x7F800000u) return x;            // +-0, infinity
    if (m > 0x7F800000u) return bits_as<float>(0x7FC00000u);  // negative, or no number
    int32_t exponent = static_cast<int32_t>(m >> 23) - 127;
    m &= 0x007FFFFFu;
    if (exponent == -127) {  // subnormal
        exponent = -126;
        while (m < 0x00800000u) m <<= 1, exponent--;
    }
    m |= 0x00800000u;
    if (exponent & 1) m <<= 1;
    // x = m * 2^(exponent - 23) with an even exponent, m in [2^23, 2^25). The root has 24 digits and one more
    // to round by; `rest` is what m exceeds the square of the root so far by, scaled as m is.
    uint32_t rest = m << 1, twice_root = 0, root = 0;
    for (uint32_t digit = 1u << 24; digit != 0; digit >>= 1) {
        const uint32_t step = twice_root + digit;
        if (step <= rest) {
            rest -= step;
            twice_root = step + digit;
            root += digit;
        }
        rest <<= 1;
    }
    root += root & 1;  // a tie is impossible: up exactly when the last digit is 1
    return bits_as<float>((root >> 1) + static_cast<uint32_t>((exponent >> 1) + 126) * 0x00800000u);
}

// Correctly rounded on every target: IEEE 754 demands it of the instruction. Without one the compiler would
// call the C library, which the contract leaves out.
#if (defined(__arm__) && (!defined(__ARM_FP) || (__ARM_FP & 4) == 0)) || \
    (defined(__riscv) && !defined(__riscv_flen))
constexpr bool kSoftFloat = true;  // binary32 arithmetic is done by the compiler's library
ATOME_INLINE float sqrt(float x) { return sqrt_by_digits(x); }
#else
constexpr bool kSoftFloat = false;
ATOME_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }
#endif

}  // namespace atome
