#include "atome/kernels/registry.h"

#include <cstring>

namespace atome {

// What the file of an instruction set defines.
#define ATOME_DECLARE_KERNELS(ISA)                 \
    namespace ISA {                                \
    extern const Kernels kInfer;                   \
    extern const TrainKernels kTrain, kFusedTrain; \
    }
ATOME_DECLARE_KERNELS(avx2)
ATOME_DECLARE_KERNELS(avx512)
ATOME_DECLARE_KERNELS(neon)
ATOME_DECLARE_KERNELS(wasm128)

namespace {

bool always() { return true; }

#if defined(ATOME_KERNELS_x86)
bool has_avx2() { return __builtin_cpu_supports("avx2"); }
bool has_avx2_and_fma() { return has_avx2() && __builtin_cpu_supports("fma"); }
bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

}  // namespace

std::span<const KernelSet> kernel_sets() {
    static const KernelSet sets[] = {
        {"scalar", false, &scalar_kernels(), &scalar_train_kernels(), always},
#if defined(ATOME_KERNELS_x86)
        {"avx2", false, &avx2::kInfer, &avx2::kTrain, has_avx2},
        {"avx2+fma", true, &avx2::kInfer, &avx2::kFusedTrain, has_avx2_and_fma},
        {"avx512", false, &avx512::kInfer, &avx512::kTrain, has_avx512},
        {"avx512+fma", true, &avx512::kInfer, &avx512::kFusedTrain, has_avx512},
#elif defined(ATOME_KERNELS_arm64)
        {"neon", false, &neon::kInfer, &neon::kTrain, always},
        {"neon+fma", true, &neon::kInfer, &neon::kFusedTrain, always},
#elif defined(ATOME_KERNELS_wasm)
        {"wasm128", false, &wasm128::kInfer, &wasm128::kTrain, always},
#endif
    };
    return sets;
}

const KernelSet* find_kernel_set(const char* name) {
    for (const KernelSet& set : kernel_sets())
        if (std::strcmp(set.name, name) == 0) return set.available() ? &set : nullptr;
    return nullptr;
}

KernelSet best_kernel_set(bool exact) { return kernel_set_of(nullptr, exact); }

KernelSet kernel_set_of(const Kernels* infer, bool exact) {
    KernelSet best;
    for (const KernelSet& set : kernel_sets())
        if ((!infer || set.infer == infer) && !(exact && set.fused) && set.available()) best = set;
    return best;
}

const Kernels& best_kernels() { return *best_kernel_set(true).infer; }

const Kernels* find_kernels(const char* name) {
    const KernelSet* set = find_kernel_set(name);
    return set && !set->fused ? set->infer : nullptr;
}

}  // namespace atome
