// The training kernels in vectors of 8 floats, products rounded before they are added.
#define ATOME_LANES 8
#define ATOME_ISA avx2
namespace atome::avx2 {
namespace {
constexpr int kTileRows = 6, kTileVectors = 2;  // gemm's register tile
}
}  // namespace atome::avx2
#include "atome/kernels/train_simd.h"

namespace atome {

extern const TrainKernels kTrainKernels_avx2;
const TrainKernels kTrainKernels_avx2 = avx2::make_train_kernels("avx2");

}  // namespace atome
