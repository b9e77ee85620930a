// Fresh weights of a GPT.
#pragma once

#include <cstdint>

#include "atome/models/gpt/model.h"
#include "atome/nn/initial_weights.h"

namespace atome {

// Matrices and embeddings normal with deviation 1/sqrt(columns), as initialise() draws those of the routed
// model; the two matrices that write to the residual stream (attn.out, ffn.down) divided by sqrt(2 L), as in
// GPT-2. Norms 1 and 0. GPT-2's fixed deviation of 0.02 is too small for widths of some ten: at 60,808
// parameters, 3,000 steps of 16 x 64 at a rate of 1e-2 it ends at 2.02 bits per byte of validation text, this
// at 1.89 (one seed). The same weights
// for the same seed on every target. config must be valid.
inline GptModel initialise_gpt(const GptConfig& config, uint64_t seed) {
    return {config, initial_weights(config, seed), {}};
}

}  // namespace atome
