// What the engine's logits say about the next byte.
#pragma once

#include <cstdint>

#include "atome/base/status.h"
#include "atome/kernels/kernels.h"

namespace atome {

// Of the distribution softmax(logits).
struct Prediction {
    float nats;             // -ln of the next token's probability, at most 85.2
    float entropy;          // nats, in [0, ln V] but for rounding
    float max_probability;  // of `best`
    uint32_t best;          // the most probable token; of equal ones the lowest
};

// logits (V) finite, V in 1..256, next < V. All kernels give the same bits.
Prediction predict(const Kernels& kernels, const float* logits, uint32_t V, uint32_t next);
// Only its `nats`.
float nats_of(const Kernels& kernels, const float* logits, uint32_t V, uint32_t next);

}  // namespace atome
