#include "atome/infer/fixed/registry.h"

#include <array>
#include <cstring>

namespace atome {

std::span<const FixedKernels* const> fixed_kernels() {
    static const std::array all = {
        &scalar_fixed_kernels(),
        &pairs_fixed_kernels(),
#if defined(ATOME_KERNELS_x86)
        &avx2::kFixed,
#elif defined(ATOME_KERNELS_arm64)
        &neon::kFixed,
#elif defined(ATOME_KERNELS_wasm)
        &wasm128::kFixed,
#endif
    };
#if defined(ATOME_KERNELS_x86)
    if (!__builtin_cpu_supports("avx2")) return std::span(all).first(2);
#endif
    return all;
}

const FixedKernels* find_fixed_kernels(const char* name) {
    for (const FixedKernels* set : fixed_kernels())
        if (std::strcmp(set->name, name) == 0) return set;
    return nullptr;
}

}  // namespace atome
