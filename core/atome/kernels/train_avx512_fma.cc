// gemm in vectors of 16 floats with fused products and sums; the rest is the exact set's.
#define ATOME_LANES 16
#define ATOME_ISA avx512_fma
#define ATOME_FUSED
namespace atome::avx512_fma {
namespace {
constexpr int kTileRows = 8, kTileVectors = 2;  // gemm's register tile
}
}  // namespace atome::avx512_fma
#include "atome/kernels/train_simd.h"

namespace atome {

void fused_gemm_avx512(const Gemm& g) { avx512_fma::gemm(g); }

}  // namespace atome
