// The kernels in vectors of 16 floats, compiled with the flags of AVX-512 F, BW, DQ and VL.
#include <immintrin.h>

#define ATOME_ISA avx512
#define ATOME_LANES 16
#include "atome/kernels/vector.h"

namespace atome::avx512 {
namespace {

constexpr int kTileRows = 8, kTileVectors = 2;

ATOME_INLINE F splat(float x) { return (F)_mm512_set1_ps(x); }

ATOME_INLINE F load(const int8_t* at) {
    return (F)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
}

ATOME_INLINE uint32_t above_mask(F x, F threshold) {
    return _mm512_cmp_ps_mask((__m512)x, (__m512)threshold, _CMP_GT_OQ);
}

struct Fused {
    ATOME_INLINE_MEMBER static F add_product(F sum, F a, F b) {
        return (F)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)sum);
    }
};

}  // namespace
}  // namespace atome::avx512

#include "atome/kernels/infer_bodies.h"
#include "atome/kernels/train_bodies.h"

namespace atome::avx512 {

constinit const Kernels kInfer = infer_kernels("avx512");
constinit const TrainKernels kTrain = train_kernels<Exact>();
constinit const TrainKernels kFusedTrain = train_kernels<Fused>();

}  // namespace atome::avx512
