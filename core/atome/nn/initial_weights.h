// Fresh weights of a model, from its table of tensors: the same weights for the same seed on every target.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "atome/base/math.h"
#include "atome/model/tensors.h"
#include "atome/nn/normal.h"

namespace atome {

// In canonical order. config must be valid.
template <class Config>
std::vector<std::vector<float>> initial_weights(const Config& config, uint64_t seed) {
    std::vector<std::vector<float>> tensors;
    Normal normal(seed);
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        const auto spec = tensor_spec(config, i);
        std::vector<float> w(spec.size());
        switch (spec.row->initial) {
            case Initial::ones:
                w.assign(w.size(), 1.0f);
                break;
            case Initial::zeros:
                break;
            case Initial::decay:
                w.assign(w.size(), 1.5f);
                break;
            case Initial::small:
                for (float& x : w) x = 0.02f * normal.next();
                break;
            case Initial::normal:
            case Initial::residual: {
                // Vectors have D elements, matrices `cols` inputs, the convolution K taps: all spec.cols.
                const bool residual = spec.row->initial == Initial::residual;
                const float shared = residual ? 2 * static_cast<float>(config.n_layers) : 1;
                const float deviation = 1 / sqrt(static_cast<float>(spec.cols) * shared);
                for (float& x : w) x = deviation * normal.next();
                break;
            }
        }
        tensors.push_back(std::move(w));
    }
    return tensors;
}

}  // namespace atome
