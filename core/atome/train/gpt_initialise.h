// Fresh weights of a GPT.
#pragma once

#include <cstdint>

#include "atome/formats/gpt_model.h"

namespace atome {

// Matrices and embeddings normal with deviation 1/sqrt(columns), as initialise() draws those of the routed
// model: at widths of some ten, GPT-2's fixed 0.02 would be far too small. The two matrices that write to the
// residual stream (attn.out, ffn.down) are divided by sqrt(2 L), as in GPT-2. Norms 1 and 0. The same weights
// for the same seed on every target. config must be valid.
GptModel initialise_gpt(const GptConfig& config, uint64_t seed);

}  // namespace atome
