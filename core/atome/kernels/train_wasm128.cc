// The training kernels in vectors of 4 floats, products rounded before they are added.
#define ATOME_LANES 4
#define ATOME_ISA wasm128
namespace atome::wasm128 {
namespace {
constexpr int kTileRows = 4, kTileVectors = 2;  // gemm's register tile
}
}  // namespace atome::wasm128
#include "atome/kernels/train_simd.h"

namespace atome {

extern const TrainKernels kTrainKernels_wasm128;
const TrainKernels kTrainKernels_wasm128 = wasm128::make_train_kernels("wasm128");

}  // namespace atome
