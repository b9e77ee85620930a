// The GPT's kernels in vectors of 8 floats.
#define ATOME_LANES 8
#define ATOME_ISA avx2
#include "atome/kernels/gpt_simd.h"

namespace atome {

extern const GptKernels kGptKernels_avx2;
const GptKernels kGptKernels_avx2 = avx2::make_gpt_kernels();

}  // namespace atome
