// The kernels in vectors of 8 floats, compiled with the flags of AVX2 and FMA.
#include <immintrin.h>

#define ATOME_ISA avx2
#define ATOME_LANES 8
#include "atome/kernels/vector.h"

namespace atome::avx2 {
namespace {

constexpr int kTileRows = 6, kTileVectors = 2;

ATOME_INLINE F splat(float x) { return (F)_mm256_set1_ps(x); }

ATOME_INLINE F load(const int8_t* at) {
    return (F)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
}

ATOME_INLINE uint32_t above_mask(F x, F threshold) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps((__m256)x, (__m256)threshold, _CMP_GT_OQ)));
}

struct Fused {
    ATOME_INLINE_MEMBER static F add_product(F sum, F a, F b) {
        return (F)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)sum);
    }
};

}  // namespace
}  // namespace atome::avx2

#include "atome/kernels/infer_bodies.h"
#include "atome/kernels/train_bodies.h"

namespace atome::avx2 {

constinit const Kernels kInfer = infer_kernels("avx2");
constinit const TrainKernels kTrain = train_kernels<Exact>();
constinit const TrainKernels kFusedTrain = train_kernels<Fused>();

}  // namespace atome::avx2
