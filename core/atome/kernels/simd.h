// A vector of ATOME_LANES floats by the compiler's vector extensions, and sums in the fixed order. Compiled
// once for each instruction set, in a namespace of its own; see simd_kernels.h.
#include "atome/kernels/kernels.h"
#include "atome/base/math.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#else
#include <immintrin.h>
#endif

namespace atome::ATOME_ISA {
namespace {

constexpr int kLanes = ATOME_LANES;
constexpr int kVectors = static_cast<int>(kPanel) / kLanes;  // vectors in a panel of 16

typedef float F __attribute__((vector_size(4 * ATOME_LANES)));
typedef int32_t I __attribute__((vector_size(4 * ATOME_LANES)));

// By intrinsics, as the next: GCC 12 builds element-wise code from the plain C++ of both.
ATOME_INLINE F splat(float x) {
#if ATOME_LANES == 16
    return (F)_mm512_set1_ps(x);
#elif ATOME_LANES == 8
    return (F)_mm256_set1_ps(x);
#else
    return (F)wasm_f32x4_splat(x);
#endif
}

ATOME_INLINE F load(const float* at) {
    F v;
    __builtin_memcpy(&v, at, sizeof v);
    return v;
}

// kLanes codes as floats.
ATOME_INLINE F load(const int8_t* at) {
#if ATOME_LANES == 16
    return (F)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
#elif ATOME_LANES == 8
    return (F)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
#else
    return (F)wasm_f32x4_convert_i32x4(
        wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(at))));
#endif
}

ATOME_INLINE void store(float* at, F v) { __builtin_memcpy(at, &v, sizeof v); }

// Bit i is set where lane i is above the threshold.
ATOME_INLINE uint32_t above_mask(F x, float threshold) {
#if ATOME_LANES == 16
    return _mm512_cmp_ps_mask((__m512)x, (__m512)splat(threshold), _CMP_GT_OQ);
#elif ATOME_LANES == 8
    return static_cast<uint32_t>(
        _mm256_movemask_ps(_mm256_cmp_ps((__m256)x, (__m256)splat(threshold), _CMP_GT_OQ)));
#else
    return wasm_i32x4_bitmask(wasm_f32x4_gt((v128_t)x, (v128_t)splat(threshold)));
#endif
}

// 16 strided partial sums in kVectors registers: element i belongs to partial i mod 16.
struct StridedSum {
    F partial[kVectors] = {};

    ATOME_INLINE_MEMBER void add(int vector, F values) { partial[vector] += values; }
    ATOME_INLINE_MEMBER void add_one(uint32_t lane, float value) {
        partial[lane / kLanes][lane % kLanes] += value;
    }
    ATOME_INLINE_MEMBER float total() {
        float p[kPanel];
        __builtin_memcpy(p, partial, sizeof p);
        for (uint32_t half = kPanel / 2; half > 0; half /= 2)
            for (uint32_t i = 0; i < half; i++) p[i] += p[i + half];
        return p[0];
    }
};

ATOME_INLINE float sum_of(const float* x, uint32_t n) {
    StridedSum sum;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) sum.add(v, load(x + i + v * kLanes));
    for (; i < n; i++) sum.add_one(i % kPanel, x[i]);
    return sum.total();
}

}  // namespace
}  // namespace atome::ATOME_ISA
