// The whole network over one sequence, forward and backward.
#pragma once

#include <cstdint>

#include "atome/train/parts.h"

namespace atome {

// Fills a.logits (T, V padded) and everything in between from tokens (T), each below V. p.T <= a.T.
void network_forward(const Pass& p, const uint8_t* tokens, Activations& a);

// Turns a.logits into their gradient times `scale` and returns the sum over positions of
// -ln softmax(logits)[target]; targets (T), each below V.
double network_loss(const Pass& p, const uint8_t* targets, float scale, Activations& a);

// Adds the gradients of everything to p.gradients; after network_forward and network_loss on the same tokens.
void network_backward(const Pass& p, const uint8_t* tokens, Activations& a);

}  // namespace atome
