// The GPT's kernels in vectors of 4 floats.
#define ATOME_LANES 4
#define ATOME_ISA wasm128
#include "atome/kernels/gpt_simd.h"

namespace atome {

extern const GptKernels kGptKernels_wasm128;
const GptKernels kGptKernels_wasm128 = wasm128::make_gpt_kernels();

}  // namespace atome
