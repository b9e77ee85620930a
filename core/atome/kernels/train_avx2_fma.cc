// gemm in vectors of 8 floats with fused products and sums; the rest is the exact set's.
#define ATOME_LANES 8
#define ATOME_ISA avx2_fma
#define ATOME_FUSED
namespace atome::avx2_fma {
namespace {
constexpr int kTileRows = 6, kTileVectors = 2;  // gemm's register tile
}
}  // namespace atome::avx2_fma
#include "atome/kernels/train_simd.h"

namespace atome {

void fused_gemm_avx2(const Gemm& g) { avx2_fma::gemm(g); }

}  // namespace atome
