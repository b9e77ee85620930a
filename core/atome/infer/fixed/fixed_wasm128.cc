// The fixed engine's kernels for WebAssembly, compiled with -msimd128.
#include <wasm_simd128.h>

#include "atome/infer/fixed/vectors128.h"

namespace atome {
namespace wasm128 {
namespace {

struct Vectors {
    using Words = v128_t;
    using Halves = v128_t;
    ATOME_INLINE_MEMBER static Words words(int32_t n) { return wasm_i32x4_splat(n); }
    ATOME_INLINE_MEMBER static Halves widen(const int8_t* at) { return wasm_i16x8_load8x8(at); }
    ATOME_INLINE_MEMBER static Halves columns(uint32_t word, int8_t) {
        return wasm_i16x8_extend_low_i8x16(words(static_cast<int32_t>(word)));
    }
    ATOME_INLINE_MEMBER static Halves columns(uint32_t word, uint8_t) {
        return wasm_u16x8_extend_low_u8x16(words(static_cast<int32_t>(word)));
    }
    ATOME_INLINE_MEMBER static Halves twice(int32_t low, int32_t high) { return words(low | high << 16); }
    ATOME_INLINE_MEMBER static void zip(const int8_t* a, const int8_t* b, Halves* low, Halves* high) {
        const v128_t x = widen(a), y = widen(b);
        *low = wasm_i16x8_shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
        *high = wasm_i16x8_shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
    }
    ATOME_INLINE_MEMBER static Words dot(Words sum, Halves a, Halves b) {
        return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, b));
    }
    ATOME_INLINE_MEMBER static Words pairs(Words a, Words b) {
        return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
    }
    ATOME_INLINE_MEMBER static void store(int32_t* at, Words a) { wasm_v128_store(at, a); }
    ATOME_INLINE_MEMBER static void store_shares(int8_t* at, Words a, Words b) {
        const v128_t halves = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a, 15), wasm_i32x4_shr(b, 15));
        wasm_v128_store64_lane(at, wasm_i8x16_narrow_i16x8(halves, halves), 0);
    }
};

}  // namespace

const FixedKernels kFixed = fixed::kernels_of<Vectors>("wasm128");

}  // namespace wasm128
}  // namespace atome
