// The inference kernels in vectors of 8 floats, compiled with the flags of AVX2.
#define ATOME_LANES 8
#define ATOME_ISA avx2
#include "atome/kernels/simd_kernels.h"

namespace atome {

extern const Kernels kKernels_avx2;
const Kernels kKernels_avx2 = avx2::make_kernels("avx2");

}  // namespace atome
