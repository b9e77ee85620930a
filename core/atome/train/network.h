// What the trainer needs of a network: its parameters, a forward and a backward pass over one sequence, and
// how it is written to a file. The loss, the optimiser and the order of sums are the trainer's.
//
// Implementations: RoutedNetwork (routed_network.h), GptNetwork (gpt_network.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "atome/base/executor.h"
#include "atome/base/status.h"
#include "atome/formats/model_tensors.h"
#include "atome/kernels/registry.h"

namespace atome {

// Float values of every parameter, in the order of Network::parameters(), row-major: weights, gradients,
// moments. Matrices that are quantised keep their float shadow weights here.
using Shadow = std::vector<std::vector<float>>;

struct Parameter {
    std::string name;  // as in checkpoints, such as "blocks.2.sparse.Wq.weight"
    uint32_t rows;     // 1 for vectors
    uint32_t cols;
    TensorRole kind;
    bool active;  // false: takes no part; neither trained nor given a gradient

    std::size_t size() const { return static_cast<std::size_t>(rows) * cols; }
};

// What a router is to learn beside its work: to know when the model does not. backward() adds the gradient of
//     weight * sum over positions of (H / ln P - target)^2,
// H the entropy of the last block's router, in nats, over P >= 2 pathways. Networks without one leave it
// alone.
struct RouterTargets {
    float weight = 0;            // 0: nothing
    std::vector<float> targets;  // (T)  0..1
};

// What a pass over one sequence leaves behind for the next. Networks derive their own; each worker has one.
class Workspace {
  public:
    virtual ~Workspace() = default;
    std::vector<float> logits;  // (T, V rounded up to 16); after the loss its gradient
    RouterTargets router;       // for backward()
};

class Network {
  public:
    virtual ~Network() = default;

    virtual const std::vector<Parameter>& parameters() const = 0;
    virtual uint32_t vocab_size() const = 0;  // V
    // What tokens stand for (tokens/vocabulary.h); empty: bytes.
    virtual const std::vector<uint8_t>& vocabulary() const = 0;
    virtual uint32_t max_positions() const = 0;  // the longest sequence, in positions

    // Floats in the buffer to which backward() adds: rows are padded there, so that gemm needs no tails.
    virtual std::size_t gradient_size() const = 0;
    // Writes the gradient of parameter i, rows x cols as the weights are, from such a buffer.
    virtual void copy_gradient(const float* buffer, uint32_t i, float* out) const = 0;

    // Derives from the weights what passes read. Called before the first pass and after every change of the
    // weights; `weights` and the kernels must stay as they are until the next call. The executor's workers
    // share the work.
    virtual void prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) = 0;

    // positions <= max_positions(): the longest sequence that will fit.
    virtual std::unique_ptr<Workspace> make_workspace(uint32_t positions) const = 0;

    // The passes may run at the same time in different workspaces of this network's.
    // forward: fills w.logits from tokens (T), each below V; 1 <= T <= the workspace's positions.
    virtual void forward(const uint8_t* tokens, uint32_t T, Workspace& w) const = 0;
    // backward: with the gradient of the loss in w.logits and what w.router asks for, after forward() on the
    // same tokens; adds the gradients of all parameters to `buffer`.
    virtual void backward(const uint8_t* tokens, uint32_t T, Workspace& w, float* buffer) const = 0;

    // A `.safetensors` file of the weights with this network's configuration, as write_safetensors() makes
    // one; `seq` is the length that it was trained at.
    virtual Status write(const Shadow& weights, uint32_t seq, const std::vector<ExtraTensor>& extra,
                         const Strings& metadata, std::vector<uint8_t>* out) const = 0;

    // The configuration of a routed-ternary model; null: another kind of network.
    virtual const Config* routed_config() const { return nullptr; }
};

// A network and the weights to start from, in the order of its parameters; those of inactive parameters may
// be empty. What the functions that make one have checked: sizes and finite values.
struct NetworkModel {
    std::unique_ptr<Network> network;
    Shadow weights;
};

}  // namespace atome
