// Every kernel set of the fixed engine in this build: the one list, as kernels/registry.h is of the float
// engine's.
#pragma once

#include <span>

#include "atome/infer/fixed/kernels.h"

namespace atome {

namespace avx2 {
extern const FixedKernels kFixed;
}
namespace neon {
extern const FixedKernels kFixed;
}
namespace wasm128 {
extern const FixedKernels kFixed;
}

// Those that this machine runs; the definition first, the best last.
std::span<const FixedKernels* const> fixed_kernels();
inline const FixedKernels& best_fixed_kernels() { return *fixed_kernels().back(); }
// By its name, or null.
const FixedKernels* find_fixed_kernels(const char* name);

}  // namespace atome
