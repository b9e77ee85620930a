// The fixed engine's kernels for 64-bit Arm.
#include <arm_neon.h>

#include "atome/infer/fixed/vectors128.h"

namespace atome {
namespace neon {
namespace {

struct Vectors {
    using Words = int32x4_t;
    using Halves = int16x8_t;
    ATOME_INLINE_MEMBER static Words words(int32_t n) { return vdupq_n_s32(n); }
    ATOME_INLINE_MEMBER static Halves widen(const int8_t* at) { return vmovl_s8(vld1_s8(at)); }
    ATOME_INLINE_MEMBER static Halves columns(uint32_t word, int8_t) {
        return vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(word)));
    }
    ATOME_INLINE_MEMBER static Halves columns(uint32_t word, uint8_t) {
        return vreinterpretq_s16_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(word))));
    }
    ATOME_INLINE_MEMBER static Halves twice(int32_t low, int32_t high) {
        return vreinterpretq_s16_s32(words(low | high << 16));
    }
    ATOME_INLINE_MEMBER static void zip(const int8_t* a, const int8_t* b, Halves* low, Halves* high) {
        const int16x8_t x = widen(a), y = widen(b);
        *low = vzip1q_s16(x, y);
        *high = vzip2q_s16(x, y);
    }
    ATOME_INLINE_MEMBER static Words dot(Words sum, Halves a, Halves b) {
        return vaddq_s32(sum, vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b)));
    }
    ATOME_INLINE_MEMBER static Words pairs(Words a, Words b) { return vpaddq_s32(a, b); }
    ATOME_INLINE_MEMBER static void store(int32_t* at, Words a) { vst1q_s32(at, a); }
    ATOME_INLINE_MEMBER static void store_shares(int8_t* at, Words a, Words b) {
        vst1_s8(at, vqmovn_s16(vcombine_s16(vqmovn_s32(vshrq_n_s32(a, 15)), vqmovn_s32(vshrq_n_s32(b, 15)))));
    }
};

}  // namespace

const FixedKernels kFixed = fixed::kernels_of<Vectors>("neon");

}  // namespace neon
}  // namespace atome
