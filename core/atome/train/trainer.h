// Training steps: forward, backward, clipping, optimiser. Text and schedules are the business of run.h.
//
// Results depend on neither the number of workers nor the vector width: a batch is cut into fixed shards of
// whole sequences, each shard adds up its gradients in order, and shards are summed in a pairwise tree.
// With fused kernels they do depend on the kernel set.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "atome/base/executor.h"
#include "atome/base/status.h"
#include "atome/kernels/registry.h"
#include "atome/model/model.h"
#include "atome/nn/soft_targets.h"
#include "atome/tokens/chunks.h"
#include "atome/train/network.h"
#include "atome/train/optimizer.h"
#include "atome/train/options.h"

namespace atome {

struct StepResult {
    double loss;      // mean cross entropy of the batch, nats per token, before the step
    float grad_norm;  // of all gradients together, before clipping
};

// Means over the bytes predicted, whatever the tokens are.
struct Evaluation {
    uint64_t predictions = 0;  // bytes
    uint64_t tokens = 0;       // that stand for them
    double nats = 0;           // per byte
    double bits() const { return nats * 1.4426950408889634; }
};

class Trainer {
  public:
    // A batch is cut into at most this many shards.
    static constexpr uint32_t kShards = 8;

    // The executor must outlive the trainer. max_positions: the longest sequence of any later call, at most
    // the network's. Memory: a workspace of the network's for each worker plus about 12 times the weights.
    Trainer(NetworkModel model, uint32_t max_positions, KernelSet kernels, Executor& executor);

    // One step of the optimiser at learning rate lr on tokens (B, T + 1), row-major; T <= max_positions.
    // With `distillation` the gradient is that of the mixed loss; the loss reported stays the cross entropy.
    // So it does with options.router_calibration, whose term calibrates() says to be there or not.
    // Errors: bad_argument (a token >= V), not_finite (loss or gradient: the weights are left as they were).
    Status step(const TrainOptions& options, float lr, const uint8_t* tokens, uint32_t B, uint32_t T,
                StepResult* result, const Distillation* distillation = nullptr);

    // Loss and gradients of a batch, without a step. Gradients are empty for inactive parameters.
    Status gradients(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss, Shadow* gradients,
                     const Distillation* distillation = nullptr, float router_calibration = 0);
    // Whether the network has a router whose entropy can be trained: over at least two pathways.
    bool calibrates() const {
        const Config* c = network_->routed_config();
        return c && c->active_pathways() > 1;
    }

    // Cuts a text (n bytes) into chunks of `seq` bytes, seq >= 2, each predicted on its own with seq - 1
    // predictions; a last part of at least 2 bytes counts where it is the only one. With a vocabulary each
    // chunk is encoded by itself, its first byte alone: so the same bytes are predicted, and figures compare.
    Status evaluate(const uint8_t* text, std::size_t n, uint32_t seq, Evaluation* result);
    // What evaluate() says of chunks of so many bytes that take more positions than the network has.
    Status check_positions(const Chunks& chunks, uint32_t bytes) const;

    const Network& network() const { return *network_; }
    const KernelSet& kernels() const { return kernels_; }
    // Only where the network is a routed one: its configuration, and a copy of its weights.
    const Config& config() const { return *network_->routed_config(); }
    FloatModel model() const { return {config(), 0, shadow_, network_->vocabulary()}; }
    const Shadow& weights() const { return shadow_; }
    uint64_t weights_digest() const;
    const OptimizerState& optimizer() const { return optimizer_.state(); }
    // Continues from a saved state of the optimiser. Errors: bad_file where sizes differ, not_finite.
    Status restore(OptimizerState state) { return optimizer_.restore(std::move(state)); }

  private:
    Status forward_backward(const uint8_t* tokens, uint32_t B, uint32_t T, const Distillation* distillation,
                            float router_calibration, double* loss);
    void sum_shards(uint32_t shards);
    float gradient_norm() const;
    void prepare_weights();
    Workspace& workspace(uint32_t worker);

    std::unique_ptr<Network> network_;
    uint32_t max_positions_;
    KernelSet kernels_;
    Executor& executor_;
    Shadow shadow_;
    Optimizer optimizer_;
    bool prepared_ = false;                               // the network has seen the weights as they are
    std::vector<std::vector<float>> shard_gradients_;     // (shards, the network's gradient_size())
    Shadow gradients_;                                    // shaped like the weights
    std::vector<std::unique_ptr<Workspace>> workspaces_;  // one a worker, made when first used
};

}  // namespace atome
