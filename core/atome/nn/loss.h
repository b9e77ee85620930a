// The loss of one sequence: cross entropy with the bytes that follow, or mixed with a teacher's opinion.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/kernels/train_kernels.h"
#include "atome/nn/soft_targets.h"

namespace atome {

// Turns logits (T, V padded to 16) into their gradient times `scale` and returns the sum over positions of
// -ln softmax(logits)[target]; targets (T), each below V.
double hard_loss(const TrainKernels& kernels, uint32_t V, const uint8_t* targets, uint32_t T, float scale,
                 float* logits);

// The same with the gradient of Distillation's loss, of targets that the teacher has an opinion of. Returns
// the sum of -ln softmax(logits)[target] all the same, so that losses compare.
double distillation_loss(const TrainKernels& kernels, uint32_t V, const uint8_t* targets, uint32_t T,
                         float scale, const Distillation& distillation, const SequencePlace& place,
                         float* logits);

// out (T): how unsure softmax(logits) is at each position, 0..1: its entropy as a share of 2.5 nats, at most 1.
// Above that, guessing among 12 tokens, one guess is as bad as another. A router that learns this tells errors
// nearly as well as with 3.5 nats, and foreign text far better (checkpoints/RESULTS.md).
void uncertainty(const TrainKernels& kernels, uint32_t V, const float* logits, uint32_t T, float* out);

}  // namespace atome
