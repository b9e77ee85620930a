// The GPT's kernels in vectors of 16 floats.
#define ATOME_LANES 16
#define ATOME_ISA avx512
#include "atome/kernels/gpt_simd.h"

namespace atome {

extern const GptKernels kGptKernels_avx512;
const GptKernels kGptKernels_avx512 = avx512::make_gpt_kernels();

}  // namespace atome
