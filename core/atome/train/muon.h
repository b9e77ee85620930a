// Muon: momentum whose matrix is orthogonalised before it is applied, for the linear maps of a network
// (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon).
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/train_kernels.h"

namespace atome {

// Buffers of one worker, kept from call to call.
struct MuonScratch {
    std::vector<float> momentum;  // (R, C)
    // Below, M is the smaller and N the larger of R and C; rows are padded to 16 floats.
    std::vector<float> x, next;     // (M, N)
    std::vector<float> transposed;  // (N, M)
    std::vector<float> gram, poly;  // (M, M)
};

// out (R, C) = roughly the semi-orthogonal matrix nearest to g (R, C): five steps of the quintic
// Newton-Schulz iteration take every singular value above a fiftieth of the norm of g to between about 0.7
// and 1.2, and smaller ones below that. Where g is zero, or its squares are, so is out. Elements of out have
// a root mean square of about 1 / sqrt(max(R, C)). out may be g.
void orthogonalise(const TrainKernels& kernels, const float* g, uint32_t R, uint32_t C, MuonScratch& scratch,
                   float* out);

// Constants of one step.
struct MuonStep {
    float decay;       // 1 - lr * weight_decay
    float momentum;    // [0, 1)
    float rate;        // root mean square of the update's elements
    float grad_scale;  // what gradient clipping multiplies every gradient with
};

// w and m (R, C) after one step with gradient g, with Nesterov's look-ahead.
void muon(const TrainKernels& kernels, const MuonStep& step, const float* g, uint32_t R, uint32_t C,
          MuonScratch& scratch, float* w, float* m);

}  // namespace atome
