// The kernel sets of this machine, for tests that try every one.
#pragma once

#include <ostream>
#include <vector>

#include "atome/kernels/registry.h"

namespace atome {

// How GoogleTest shows a set.
inline void PrintTo(const KernelSet& set, std::ostream* out) { *out << set.name; }

}  // namespace atome

namespace atome::test {

inline std::vector<KernelSet> kernel_sets() {
    std::vector<KernelSet> sets;
    for (const KernelSet& set : atome::kernel_sets())
        if (set.available()) sets.push_back(set);
    return sets;
}

inline const KernelSet& scalar_set() { return *find_kernel_set("scalar"); }

// Those that give the scalar definition's bits.
inline std::vector<KernelSet> exact_sets() {
    std::vector<KernelSet> sets;
    for (const KernelSet& set : kernel_sets())
        if (!set.fused) sets.push_back(set);
    return sets;
}

}  // namespace atome::test
