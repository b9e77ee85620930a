// What the GPT's forward pass over one sequence leaves behind for the backward pass.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/kernels.h"
#include "atome/models/gpt/model.h"
#include "atome/train/network.h"

namespace atome {

// S is D rounded up to 16, Q is 3 D, FS is F, TS is T and HS is the width of a head, all rounded up to 16.
// Rows of (T, S) buffers have zeros behind their D numbers.
struct GptLayerActivations {
    std::vector<float> x;          // (T, S)   input of the block
    std::vector<float> stats1;     // (T, 2)   mean and 1 / deviation of x
    std::vector<float> h1;         // (T, S)   normalised
    std::vector<float> qkv;        // (T, Q)   and 16 more, because a head's rows are read up to 16 at a time
    std::vector<float> attention;  // (n_heads, T, TS)  weights; of row t, those up to t, then zeros to the
                                   //                   end of its block of kAttentionRows
    std::vector<float> mixed;      // (T, S)   what the heads give, side by side
    std::vector<float> x2;         // (T, S)   input of the feed-forward
    std::vector<float> stats2;     // (T, 2)
    std::vector<float> h2;         // (T, S)
    std::vector<float> up;         // (T, FS)  before GELU
    std::vector<float> hidden;     // (T, FS)  after it
};

struct GptActivations : Workspace {
    uint32_t T;             // most positions that fit
    uint32_t S, Q, FS, TS;  // row strides
    std::vector<GptLayerActivations> layers;
    std::vector<float> x;      // (T, S)  output of the last block
    std::vector<float> stats;  // (T, 2)
    std::vector<float> h;      // (T, S)
    // Scratch of both passes.
    std::vector<float> branch;      // (T, S)   output of a residual branch
    std::vector<float> transposed;  // (D / n_heads, TS)  keys or values of one head
    std::vector<float> head;        // (kAttentionRows, HS)  rows of one head's result
    std::vector<float> scale;       // (TS)     1 / sqrt(D / n_heads) for every column of scores
    // Gradients.
    std::vector<float> dx;          // (T, S)
    std::vector<float> dh;          // (T, S)
    std::vector<float> dqkv;        // (T, Q)
    std::vector<float> dmixed;      // (T, S)   and 16 more, as qkv
    std::vector<float> dattention;  // (T, TS)  of one head
    std::vector<float> dhidden;     // (T, FS)

    GptActivations(const GptConfig& c, uint32_t positions);
};

}  // namespace atome
