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

// The compiler sees through both steps from 8 bits to floats, finds no instruction that does them at once,
// and takes the vector apart into lanes: so the middle is hidden from it.
ATOME_INLINE F floats_of(v128_t words) {
    asm("" : "+r"(words));
    return (F)wasm_f32x4_convert_i32x4(words);
}
ATOME_INLINE void load_column(const int8_t* w, F* out) {
    for (int half = 0; half < 2; half++) {
        const v128_t codes = wasm_i16x8_load8x8(w + 8 * half);
        out[2 * half] = floats_of(wasm_i32x4_extend_low_i16x8(codes));
        out[2 * half + 1] = floats_of(wasm_i32x4_extend_high_i16x8(codes));
    }
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
