// What networks have in common whose parameters are the tensors of a table, in canonical order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/models/gradient_layout.h"
#include "atome/train/network.h"

namespace atome {

template <class Config>
class TableNetwork : public Network {
  public:
    using Kind = typename Config::Kind;

    const std::vector<Parameter>& parameters() const override { return parameters_; }
    uint32_t vocab_size() const override { return config_.vocab_size; }
    const std::vector<uint8_t>& vocabulary() const override { return vocabulary_; }
    std::size_t gradient_size() const override { return layout_.size; }
    void copy_gradient(const float* buffer, uint32_t i, float* out) const override {
        layout_.copy(buffer, i, out);
    }

    const Config& config() const { return config_; }
    const KernelSet& kernels() const { return kernels_; }
    // A tensor's weights as prepare() was given them; `layer` is ignored outside the blocks.
    const float* weight(Kind kind, uint32_t layer) const {
        return (*weights_)[tensor_index(config_, kind, layer)].data();
    }

  protected:
    // config and vocabulary must be valid.
    TableNetwork(const Config& config, std::vector<uint8_t> vocabulary)
        : config_(config), layout_(config), vocabulary_(std::move(vocabulary)) {
        for (uint32_t i = 0; i < tensor_count(config); i++) {
            const auto spec = tensor_spec(config, i);
            parameters_.push_back(
                {std::string(tensor_name(spec).view()), spec.rows, spec.cols, spec.row->role, spec.active});
        }
    }
    // Where the gradient of a tensor lies in such a buffer.
    float* gradient(float* buffer, Kind kind, uint32_t layer) const {
        return buffer + layout_.places[tensor_index(config_, kind, layer)].offset;
    }

    const Config config_;
    const GradientLayout layout_;
    const std::vector<uint8_t> vocabulary_;
    const Shadow* weights_ = nullptr;
    KernelSet kernels_;

  private:
    std::vector<Parameter> parameters_;
};

}  // namespace atome
