// Fresh weights.
#pragma once

#include <cstdint>

#include "atome/model/model.h"
#include "atome/nn/initial_weights.h"

namespace atome {

// The published kit's initialisation: matrices normal with deviation 1/sqrt(columns) (the convolution
// 1/sqrt(K)), a_raw 1.5, b and c_out normal with deviation 1/sqrt(D), norms 1 and 0. The same weights for the
// same seed on every target. config must be valid.
inline FloatModel initialise(const Config& config, uint64_t seed) {
    return {config, 0, initial_weights(config, seed), {}};
}

}  // namespace atome
