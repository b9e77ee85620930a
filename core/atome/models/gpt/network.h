// The GPT baseline as a network to train (gpt_model.h; tests/golden/oracle.py, vanilla_forward()).
#pragma once

#include <cstdint>
#include <vector>

#include "atome/models/gpt/activations.h"
#include "atome/models/gpt/model.h"
#include "atome/models/table_network.h"
#include "atome/nn/layers.h"

namespace atome {

class GptNetwork : public TableNetwork<GptConfig> {
  public:
    // config must be valid.
    explicit GptNetwork(const GptConfig& config, std::vector<uint8_t> vocabulary = {});

    uint32_t max_positions() const override { return config_.max_seq; }
    void prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) override;
    // About positions * L * (n_heads * positions + 9 * D + 2 * F) floats.
    std::unique_ptr<Workspace> make_workspace(uint32_t positions) const override;
    void forward(const uint8_t* tokens, uint32_t T, Workspace& w) const override;
    void backward(const uint8_t* tokens, uint32_t T, Workspace& w, float* buffer) const override;
    // `seq` is not stored: max_seq says how long sequences may be.
    Status write(const Shadow& weights, uint32_t seq, const std::vector<ExtraTensor>& extra,
                 const Strings& metadata, std::vector<uint8_t>* out) const override;

    // What prepare() has left, for other ways to run the network (gpt_decoder.h).
    struct Layer {
        WorkMatrix qkv, out, up, down;
    };
    const Layer& layer(uint32_t l) const { return layers_[l]; }
    const WorkMatrix& unembed() const { return unembed_; }

  private:
    // The laid-out form of tensor i; null for vectors and for embeddings, whose rows are used as they are.
    WorkMatrix* work_matrix(uint32_t i);
    void block_forward(uint32_t layer, uint32_t T, GptActivations& a, float* out) const;
    void block_backward(uint32_t layer, uint32_t T, GptActivations& a, float* buffer) const;

    std::vector<Layer> layers_;
    WorkMatrix unembed_;
    Shadow rounded_;  // of a quantised model: what is run; gradients go straight through to the floats
};

// model must pass check(GptModel).
NetworkModel gpt_network(const GptModel& model);

}  // namespace atome
