// The kernels that training uses together: those of inference and those of training, of one instruction set.
#pragma once

#include "atome/kernels/train_kernels.h"

namespace atome {

struct KernelSet {
    const Kernels* infer = nullptr;
    const TrainKernels* train = nullptr;
    Isa isa = Isa::scalar;
};
// exact: no FMA, so that every set gives the same weights. Null members where `isa` is not there.
KernelSet kernel_set(Isa isa, bool exact);
KernelSet best_kernel_set(bool exact);
// The set around a table of inference kernels of kernels(); null: the best set.
KernelSet kernel_set_of(const Kernels* infer, bool exact);

}  // namespace atome
