// Every kernel set of this build: the one list, which everything that chooses, names or tries sets iterates
// over.
#pragma once

#include <span>

#include "atome/kernels/kernels.h"
#include "atome/kernels/train_kernels.h"

namespace atome {

// The kernels of one instruction set.
struct KernelSet {
    const char* name = nullptr;  // of an exact set, also infer->name; that of a fused set ends in "+fma"
    bool fused = false;          // gemm uses FMA: other bits than the scalar set's
    const Kernels* infer = nullptr;
    const TrainKernels* train = nullptr;
    bool (*available)() = nullptr;  // on this machine
};

// All of them, those that this machine lacks too; scalar first, the best last.
std::span<const KernelSet> kernel_sets();
// A set by its name, or null where it is unknown or cannot run here.
const KernelSet* find_kernel_set(const char* name);
// The best set that this machine runs. exact: no FMA, so that every set gives the same weights.
KernelSet best_kernel_set(bool exact);
// The best set with these inference kernels, which are of a set that this machine runs; null:
// best_kernel_set.
KernelSet kernel_set_of(const Kernels* infer, bool exact);

// The inference kernels of the best set.
const Kernels& best_kernels();
// The inference kernels of an exact set by its name, or null.
const Kernels* find_kernels(const char* name);

}  // namespace atome
