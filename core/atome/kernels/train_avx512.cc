// The training kernels in vectors of 16 floats, products rounded before they are added.
#define ATOME_LANES 16
#define ATOME_ISA avx512
namespace atome::avx512 {
namespace {
constexpr int kTileRows = 8, kTileVectors = 2;  // gemm's register tile
}
}  // namespace atome::avx512
#include "atome/kernels/train_simd.h"

namespace atome {

extern const TrainKernels kTrainKernels_avx512;
const TrainKernels kTrainKernels_avx512 = avx512::make_train_kernels("avx512");

}  // namespace atome
