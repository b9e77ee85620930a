// Chooses a set of training kernels at run time.
#include "atome/kernels/train_kernels.h"

namespace atome {

extern const TrainKernels kTrainKernels_scalar;
#if defined(ATOME_X86_KERNELS)
extern const TrainKernels kTrainKernels_avx2;
extern const TrainKernels kTrainKernels_avx512;
void fused_gemm_avx2(const Gemm& g);
void fused_gemm_avx512(const Gemm& g);

namespace {

TrainKernels fuse(const TrainKernels& exact, const char* name, void (*gemm)(const Gemm&)) {
    TrainKernels fused = exact;
    fused.name = name;
    fused.fused = true;
    fused.gemm = gemm;
    return fused;
}

}  // namespace
#endif
#if defined(ATOME_WASM_KERNELS)
extern const TrainKernels kTrainKernels_wasm128;
#endif

const TrainKernels* train_kernels(Isa isa, [[maybe_unused]] bool fused) {
    if (!kernels(isa)) return nullptr;
    switch (isa) {
        case Isa::scalar:
            return &kTrainKernels_scalar;
#if defined(ATOME_X86_KERNELS)
        case Isa::avx2: {
            static const TrainKernels set = fuse(kTrainKernels_avx2, "avx2+fma", fused_gemm_avx2);
            return fused && __builtin_cpu_supports("fma") ? &set : &kTrainKernels_avx2;
        }
        case Isa::avx512: {
            static const TrainKernels set = fuse(kTrainKernels_avx512, "avx512+fma", fused_gemm_avx512);
            return fused ? &set : &kTrainKernels_avx512;
        }
#endif
#if defined(ATOME_WASM_KERNELS)
        case Isa::wasm128:
            return &kTrainKernels_wasm128;
#endif
        default:
            return nullptr;
    }
}

}  // namespace atome
