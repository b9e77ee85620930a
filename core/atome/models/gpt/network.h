// The GPT baseline as a network to train (gpt_model.h; tests/golden/oracle.py, vanilla_forward()).
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/activations.h"
#include "atome/models/gpt/model.h"
#include "atome/nn/layers.h"
#include "atome/train/network.h"

namespace atome {

// Parameters are the tensors of gpt_model.h in canonical order; all are active.
class GptNetwork : public Network {
  public:
    // config must be valid.
    explicit GptNetwork(const GptConfig& config);

    const std::vector<Parameter>& parameters() const override { return parameters_; }
    uint32_t vocab_size() const override { return config_.vocab_size; }
    uint32_t max_positions() const override { return config_.max_seq; }
    std::size_t gradient_size() const override { return gradient_size_; }
    void copy_gradient(const float* buffer, uint32_t i, float* out) const override;
    void prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) override;
    // About positions * L * (n_heads * positions + 9 * D + 2 * F) floats.
    std::unique_ptr<Workspace> make_workspace(uint32_t positions) const override;
    void forward(const uint8_t* tokens, uint32_t T, Workspace& w) const override;
    void backward(const uint8_t* tokens, uint32_t T, Workspace& w, float* buffer) const override;
    // `seq` is not stored: max_seq says how long sequences may be.
    Status write(const Shadow& weights, uint32_t seq, const std::vector<ExtraTensor>& extra,
                 const Strings& metadata, std::vector<uint8_t>* out) const override;

    const GptConfig& config() const { return config_; }

    // What prepare() has left, for other ways to run the network (gpt_decoder.h).
    struct Layer {
        WorkMatrix qkv, out, up, down;
    };
    const Layer& layer(uint32_t l) const { return layers_[l]; }
    const WorkMatrix& unembed() const { return unembed_; }
    const KernelSet& kernels() const { return kernels_; }
    // A tensor's weights as they were given; `layer` is ignored outside the blocks.
    const float* weight(GptTensorKind kind, uint32_t layer) const;

  private:
    // The laid-out form of tensor i; null for vectors and for embeddings, whose rows are used as they are.
    WorkMatrix* work_matrix(uint32_t i);
    float* gradient(float* buffer, GptTensorKind kind, uint32_t layer) const;
    void block_forward(uint32_t layer, uint32_t T, GptActivations& a, float* out) const;
    void block_backward(uint32_t layer, uint32_t T, GptActivations& a, float* buffer) const;

    GptConfig config_;
    std::vector<Parameter> parameters_;
    std::vector<std::size_t> offsets_;  // of each parameter's gradient; its rows are padded to 16 floats
    std::size_t gradient_size_ = 0;
    std::vector<Layer> layers_;
    WorkMatrix unembed_;
    const Shadow* weights_ = nullptr;
    KernelSet kernels_;
};

// model must pass check(GptModel).
NetworkModel gpt_network(const GptModel& model);

}  // namespace atome
