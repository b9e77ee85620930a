#include "atome/kernels/kernel_set.h"

#include <initializer_list>

namespace atome {

KernelSet kernel_set(Isa isa, bool exact) { return {kernels(isa), train_kernels(isa, !exact), isa}; }

KernelSet best_kernel_set(bool exact) {
    for (const Isa isa : {Isa::wasm128, Isa::avx512, Isa::avx2})
        if (kernels(isa)) return kernel_set(isa, exact);
    return kernel_set(Isa::scalar, exact);
}

KernelSet kernel_set_of(const Kernels* infer, bool exact) {
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::wasm128})
        if (infer && kernels(isa) == infer) return kernel_set(isa, exact);
    return best_kernel_set(exact);
}

}  // namespace atome
