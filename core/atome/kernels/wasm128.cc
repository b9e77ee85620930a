// The kernels in vectors of 4 floats, compiled with -msimd128. Relaxed SIMD stays off: its fused products
// would give other bits.
#include <wasm_simd128.h>

#define ATOME_ISA wasm128
#define ATOME_LANES 4
#include "atome/kernels/vector.h"

namespace atome::wasm128 {
namespace {

constexpr int kTileRows = 4, kTileVectors = 2;

ATOME_INLINE F splat(float x) { return (F)wasm_f32x4_splat(x); }

ATOME_INLINE F load(const int8_t* at) {
    return (F)wasm_f32x4_convert_i32x4(
        wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(at))));
}

ATOME_INLINE uint32_t above_mask(F x, F threshold) {
    return wasm_i32x4_bitmask(wasm_f32x4_gt((v128_t)x, (v128_t)threshold));
}

}  // namespace
}  // namespace atome::wasm128

#include "atome/kernels/infer_bodies.h"
#include "atome/kernels/train_bodies.h"

namespace atome::wasm128 {

constinit const Kernels kInfer = infer_kernels("wasm128");
constinit const TrainKernels kTrain = train_kernels<Exact>();

}  // namespace atome::wasm128
