// The routed-ternary model as a network to train (tests/golden/oracle.py, forward()).
#pragma once

#include <cstdint>
#include <vector>

#include "atome/model/model.h"
#include "atome/models/routed/activations.h"
#include "atome/models/routed/parts.h"
#include "atome/models/routed/weights.h"
#include "atome/models/table_network.h"

namespace atome {

class RoutedNetwork : public TableNetwork<Config> {
  public:
    // config and vocabulary must be valid.
    explicit RoutedNetwork(const Config& config, std::vector<uint8_t> vocabulary = {})
        : TableNetwork(config, std::move(vocabulary)), work_(config) {}

    uint32_t max_positions() const override { return Limits::window; }
    void prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) override;
    // About positions * L * 8 * D floats.
    std::unique_ptr<Workspace> make_workspace(uint32_t positions) const override;
    void forward(const uint8_t* tokens, uint32_t T, Workspace& w) const override;
    // Passes leave the gradient of a matrix with gains as that of its effective weights, scale * gain * code.
    // From there it goes straight through to the weights, times the gain, and to the gains, times scale *
    // code.
    void copy_gradient(const float* buffer, uint32_t i, float* out) const override;
    void backward(const uint8_t* tokens, uint32_t T, Workspace& w, float* buffer) const override;
    // With `seq` as the recommended attention window.
    Status write(const Shadow& weights, uint32_t seq, const std::vector<ExtraTensor>& extra,
                 const Strings& metadata, std::vector<uint8_t>* out) const override;

    const Config* routed_config() const override { return &config_; }

  private:
    Pass pass(uint32_t T, float* gradients) const;

    WorkWeights work_;
};

// model must pass check(FloatModel).
NetworkModel routed_network(const FloatModel& model);

}  // namespace atome
