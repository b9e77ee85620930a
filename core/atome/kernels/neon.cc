// The kernels in vectors of 4 floats, for 64-bit Arm, where every processor has NEON and FMA.
#include <arm_neon.h>

#define ATOME_ISA neon
#define ATOME_LANES 4
#include "atome/kernels/vector.h"

namespace atome::neon {
namespace {

constexpr int kTileRows = 6, kTileVectors = 4;  // 24 of 32 registers

ATOME_INLINE F splat(float x) { return (F)vdupq_n_f32(x); }

ATOME_INLINE F load(const int8_t* at) {
    uint32_t four;
    __builtin_memcpy(&four, at, sizeof four);
    return (F)vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four))))));
}

ATOME_INLINE uint32_t above_mask(F x, F threshold) {
    const uint32x4_t bits = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcgtq_f32((float32x4_t)x, (float32x4_t)threshold), bits));
}

struct Fused {
    ATOME_INLINE_MEMBER static F add_product(F sum, F a, F b) {
        return (F)vfmaq_f32((float32x4_t)sum, (float32x4_t)a, (float32x4_t)b);
    }
};

}  // namespace
}  // namespace atome::neon

#include "atome/kernels/infer_bodies.h"
#include "atome/kernels/train_bodies.h"

namespace atome::neon {

constinit const Kernels kInfer = infer_kernels("neon");
constinit const TrainKernels kTrain = train_kernels<Exact>();
constinit const TrainKernels kFusedTrain = train_kernels<Fused>();

}  // namespace atome::neon
