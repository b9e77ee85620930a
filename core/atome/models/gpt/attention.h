// Causal softmax attention over one sequence, forward and backward, all products by gemm.
//
// Rows are taken in blocks of kAttentionRows, each against the columns up to the block's end: about half of
// the T x T products.
#pragma once

#include <cstdint>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/activations.h"
#include "atome/models/gpt/model.h"

namespace atome {

inline constexpr uint32_t kAttentionRows = 16;

// From `qkv` of the layer to `attention` and `mixed`, over T <= a.T positions.
void attention_forward(const GptConfig& config, const KernelSet& kernels, uint32_t T, uint32_t layer,
                       GptActivations& a);
// From a.dmixed to a.dqkv, which is written.
void attention_backward(const GptConfig& config, const KernelSet& kernels, uint32_t T, uint32_t layer,
                        GptActivations& a);

}  // namespace atome
