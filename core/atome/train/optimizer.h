// What turns gradients into a step of the weights: AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101), or
// Muon (muon.h) for the matrices and AdamW for the rest.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/executor.h"
#include "atome/kernels/registry.h"
#include "atome/train/muon.h"
#include "atome/train/network.h"
#include "atome/train/options.h"

namespace atome {

struct OptimizerState {
    uint64_t steps = 0;  // taken so far
    Shadow m, v;         // first and second moments, empty for inactive parameters; Muon leaves v at 0
};

class Optimizer {
  public:
    // parameters must outlive this.
    Optimizer(const std::vector<Parameter>& parameters, uint32_t workers);

    // One step at learning rate lr; gradients as the weights, empty for inactive parameters, each multiplied
    // with grad_scale first.
    void step(const TrainOptions& options, float lr, float grad_scale, const KernelSet& kernels,
              Executor& executor, const Shadow& gradients, Shadow* weights);

    const OptimizerState& state() const { return state_; }
    // Errors: bad_file where sizes differ or a second moment is negative, not_finite.
    Status restore(OptimizerState state);

  private:
    const std::vector<Parameter>& parameters_;
    OptimizerState state_;
    std::vector<MuonScratch> scratch_;  // one a worker
};

}  // namespace atome
