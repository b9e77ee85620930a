// Chooses a kernel set at run time.
#include "atome/kernels/kernels.h"

namespace atome {

#if defined(ATOME_X86_KERNELS)
extern const Kernels kKernels_avx2;
extern const Kernels kKernels_avx512;
#endif
#if defined(ATOME_WASM_KERNELS)
extern const Kernels kKernels_wasm128;
#endif

const Kernels* kernels(Isa isa) {
    switch (isa) {
        case Isa::scalar:
            return &scalar_kernels();
#if defined(ATOME_X86_KERNELS)
        case Isa::avx2:
            return __builtin_cpu_supports("avx2") ? &kKernels_avx2 : nullptr;
        case Isa::avx512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                       ? &kKernels_avx512
                       : nullptr;
#endif
#if defined(ATOME_WASM_KERNELS)
        case Isa::wasm128:
            return &kKernels_wasm128;
#endif
        default:
            return nullptr;
    }
}

const Kernels& best_kernels() {
    for (int isa = static_cast<int>(Isa::wasm128); isa > 0; isa--)
        if (const Kernels* k = kernels(static_cast<Isa>(isa))) return *k;
    return scalar_kernels();
}

const Kernels* find_kernels(const char* name) {
    for (int isa = 0; isa <= static_cast<int>(Isa::wasm128); isa++) {
        const Kernels* k = kernels(static_cast<Isa>(isa));
        if (!k) continue;
        const char *a = k->name, *b = name;
        while (*a && *a == *b) a++, b++;
        if (*a == *b) return k;
    }
    return nullptr;
}

}  // namespace atome
