// The kernel sets of this machine, for tests that try every one.
#pragma once

#include <vector>

#include "atome/kernels/kernel_set.h"

namespace atome::test {

inline std::vector<KernelSet> kernel_sets() {
    std::vector<KernelSet> sets;
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::wasm128})
        for (const bool exact : {true, false}) {
            const KernelSet set = kernel_set(isa, exact);
            if (set.infer && (exact || set.train->fused)) sets.push_back(set);
        }
    return sets;
}

// Those that give the scalar definition's bits.
inline std::vector<KernelSet> exact_sets() {
    std::vector<KernelSet> sets;
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::wasm128})
        if (kernels(isa)) sets.push_back(kernel_set(isa, true));
    return sets;
}

}  // namespace atome::test
