// The parts of the routed network, each a forward and a backward function side by side, over one sequence.
//
// Forward passes call the kernels of inference position by position, so that training sees exactly the
// numbers that the engine computes. Backward passes add to the gradients they are given, except where a
// comment says that they write. Gradients of quantised weights are those with respect to the quantised
// values, and pass straight through to the shadow weights (Bengio et al. 2013, arXiv:1308.3432).
#pragma once

#include <cstdint>

#include "atome/kernels/train_kernels.h"
#include "atome/models/gradient_layout.h"
#include "atome/models/routed/activations.h"
#include "atome/models/routed/weights.h"

namespace atome {

// What every part needs: who computes, with which weights, where gradients go.
struct Pass {
    const Config& config;
    const Kernels& infer;
    const TrainKernels& train;
    const WorkWeights& weights;
    const GradientLayout& layout;
    float* gradients;  // layout.size floats; null in a forward pass
    uint32_t T;        // positions of this sequence

    const float* vector(TensorKind kind, uint32_t layer) const { return weights.vector(kind, layer); }
    float* gradient(TensorKind kind, uint32_t layer) const {
        return gradients + layout.places[tensor_index(config, kind, layer)].offset;
    }
};

// The layers of layers.h over this pass.
void linear_forward(const Pass& p, const WorkMatrix& w, const float* x, uint32_t x_stride, float* y,
                    uint32_t y_stride);
void linear_backward(const Pass& p, const WorkMatrix& w, const float* x, const float* dy, uint32_t y_stride,
                     float* dx, uint32_t x_stride, bool accumulate, float* dw);
void norm_forward(const Pass& p, const float* x, const float* gamma, const float* beta, uint32_t S, float* h,
                  float* stats);
void norm_backward(const Pass& p, const float* x, const float* gamma, const float* stats, const float* dh,
                   uint32_t S, float* dx, float* dgamma, float* dbeta);

// Causal depthwise convolution of h, into `local`.
void local_forward(const Pass& p, uint32_t layer, Activations& a);
// From a.dout; adds to a.dh.
void local_backward(const Pass& p, uint32_t layer, Activations& a);

// Diagonal state space over h, into `states` and `state`.
void state_forward(const Pass& p, uint32_t layer, Activations& a);
void state_backward(const Pass& p, uint32_t layer, Activations& a);

// Top-k causal attention over q, k, v in `projected`, into `slots`, `kept` and `sparse`.
void sparse_forward(const Pass& p, uint32_t layer, Activations& a);
// From a.dout; adds to q, k, v in a.dprojected.
void sparse_backward(const Pass& p, uint32_t layer, Activations& a);

// x + sum of router weight times pathway output, into `out` (T, S); `router` is the softmax of the logits
// in `projected`.
void mix_forward(const Pass& p, uint32_t layer, Activations& a, float* out);
// a.dx holds the gradient of the block's output and keeps that of its residual branch; runs the backward
// passes of the pathways; the router's logits get theirs in a.dprojected.
void mix_backward(const Pass& p, uint32_t layer, Activations& a);

// x + down relu(up layernorm(x))^2 from `x2`, into `out` (T, S).
void feed_forward_forward(const Pass& p, uint32_t layer, Activations& a, float* out);
// a.dx holds the gradient of the output and becomes that of the input.
void feed_forward_backward(const Pass& p, uint32_t layer, Activations& a);

}  // namespace atome
