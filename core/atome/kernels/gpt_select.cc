// Chooses a set of the GPT's kernels at run time.
#include "atome/kernels/gpt_kernels.h"

namespace atome {

extern const GptKernels kGptKernels_scalar;
#if defined(ATOME_X86_KERNELS)
extern const GptKernels kGptKernels_avx2;
extern const GptKernels kGptKernels_avx512;
#endif
#if defined(ATOME_WASM_KERNELS)
extern const GptKernels kGptKernels_wasm128;
#endif

const GptKernels& gpt_kernels(Isa isa) {
    if (!kernels(isa)) return kGptKernels_scalar;
    switch (isa) {
#if defined(ATOME_X86_KERNELS)
        case Isa::avx2:
            return kGptKernels_avx2;
        case Isa::avx512:
            return kGptKernels_avx512;
#endif
#if defined(ATOME_WASM_KERNELS)
        case Isa::wasm128:
            return kGptKernels_wasm128;
#endif
        default:
            return kGptKernels_scalar;
    }
}

}  // namespace atome
