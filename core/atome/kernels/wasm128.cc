// The inference kernels in vectors of 4 floats, compiled with -msimd128. Relaxed SIMD stays off: its fused
// products would give other bits.
#define ATOME_LANES 4
#define ATOME_ISA wasm128
#include "atome/kernels/simd_kernels.h"

namespace atome {

extern const Kernels kKernels_wasm128;
const Kernels kKernels_wasm128 = wasm128::make_kernels("wasm128");

}  // namespace atome
