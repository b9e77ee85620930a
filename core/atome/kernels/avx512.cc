// The inference kernels in vectors of 16 floats, compiled with the flags of AVX512.
#define ATOME_LANES 16
#define ATOME_ISA avx512
#include "atome/kernels/simd_kernels.h"

namespace atome {

extern const Kernels kKernels_avx512;
const Kernels kKernels_avx512 = avx512::make_kernels("avx512");

}  // namespace atome
