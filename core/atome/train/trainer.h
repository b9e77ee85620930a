// Training steps: forward, backward, clipping, AdamW. Text and schedules are the business of run.h.
//
// Results depend on neither the number of workers nor the vector width: a batch is cut into fixed shards of
// whole sequences, each shard adds up its gradients in order, and shards are summed in a pairwise tree.
// With fused kernels they do depend on the kernel set.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "atome/formats/model.h"
#include "atome/kernels/train_kernels.h"
#include "atome/status.h"
#include "atome/train/activations.h"
#include "atome/train/executor.h"
#include "atome/train/layout.h"
#include "atome/train/options.h"
#include "atome/train/parts.h"
#include "atome/train/weights.h"

namespace atome {

// A kernel set for training: what inference and training kernels it uses.
struct KernelSet {
    const Kernels* infer = nullptr;
    const TrainKernels* train = nullptr;
};
// exact: no FMA, so that every set gives the same weights. Null members where `isa` is not there.
KernelSet kernel_set(Isa isa, bool exact);
KernelSet best_kernel_set(bool exact);
// The set around a table of inference kernels of kernels(); null: the best set.
KernelSet kernel_set_of(const Kernels* infer, bool exact);

struct StepResult {
    double loss;      // mean cross entropy of the batch, nats per byte, before the step
    float grad_norm;  // of all gradients together, before clipping
};

// Means over the predictions made.
struct Evaluation {
    uint64_t predictions = 0;
    double nats = 0;  // per byte
    double bits() const { return nats * 1.4426950408889634; }
};

struct OptimizerState {
    uint64_t steps = 0;                    // taken so far
    std::vector<std::vector<float>> m, v;  // as Shadow; empty for inactive tensors
};

class Trainer {
  public:
    // A batch is cut into at most this many shards.
    static constexpr uint32_t kShards = 8;

    // The executor must outlive the trainer. model's configuration and weights must pass check(FloatModel);
    // max_positions: the longest sequence of any later call. Memory: about max_positions * L * 8 * D floats a
    // worker plus 8 times the weights.
    Trainer(const FloatModel& model, uint32_t max_positions, KernelSet kernels, Executor& executor);

    // One AdamW step at learning rate lr on tokens (B, T + 1), row-major; T <= max_positions.
    // Errors: bad_argument (a token >= V), not_finite (loss or gradient: the weights are left as they were).
    Status step(const TrainOptions& options, float lr, const uint8_t* tokens, uint32_t B, uint32_t T,
                StepResult* result);

    // Loss and gradients of a batch, without a step. Gradients in canonical order, shaped like the weights;
    // empty for inactive tensors.
    Status gradients(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss, Shadow* gradients);

    // Cuts tokens (n) into chunks of `seq` bytes, seq >= 2, each predicted on its own with seq - 1
    // predictions; a last part of at least 2 bytes counts where it is the only one.
    Status evaluate(const uint8_t* tokens, std::size_t n, uint32_t seq, Evaluation* result);

    const Config& config() const { return config_; }
    const KernelSet& kernels() const { return kernels_; }
    FloatModel model() const;  // a copy of the weights
    const Shadow& weights() const { return shadow_; }
    uint64_t weights_digest() const;
    const OptimizerState& optimizer() const { return optimizer_; }
    // Continues from a saved state. Errors: bad_file where shapes differ, not_finite.
    Status restore(const FloatModel& model, const OptimizerState& optimizer);

  private:
    Status forward_backward(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss);
    void sum_shards(uint32_t shards);
    float gradient_norm() const;
    Pass pass(uint32_t T, float* gradients) const;
    void prepare_weights();
    Activations& workspace(uint32_t worker);

    Config config_;
    uint32_t max_positions_;
    KernelSet kernels_;
    Executor& executor_;
    GradientLayout layout_;
    Shadow shadow_;
    OptimizerState optimizer_;
    WorkWeights work_;
    bool work_is_current_ = false;
    std::vector<std::vector<float>> shard_gradients_;       // (shards, layout_.size)
    Shadow gradients_;                                      // canonical shapes
    std::vector<std::unique_ptr<Activations>> workspaces_;  // one a worker, made when first used
};

}  // namespace atome
