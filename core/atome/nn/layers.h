// Layers that every network has, each a forward and a backward function side by side, over T positions.
// Backward passes add to the gradients they are given, except where a comment says that they write.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/train_kernels.h"

namespace atome {

// One matrix w (R, C), or several with the same C stacked, with w[r][c] = scales[r] * codes[r][c]; laid out
// for gemm. Float matrices have scales of 1.
struct WorkMatrix {
    uint32_t rows, cols;         // R, C
    uint32_t row_stride;         // C rounded up to 16
    uint32_t column_stride;      // R rounded up to 16
    std::vector<float> codes_t;  // (C, column_stride)  codes, transposed: y = x codes_t * scales
    std::vector<float> values;   // (R, row_stride)     scale * code: dx = dy values
    std::vector<float> scales;   // (column_stride)

    WorkMatrix(uint32_t R, uint32_t C);
    WorkMatrix() : WorkMatrix(0, 0) {}

    // Rows first.. from codes that lie in `values`, with their scales set: fills codes_t, and turns values
    // into products.
    void finish_rows(uint32_t first, uint32_t count);
    // The whole matrix from float weights (R, C), scales 1.
    void assign(const float* weights);
};

// y (T, y_stride) = x (T, x_stride) w^T.
void linear_forward(const TrainKernels& kernels, uint32_t T, const WorkMatrix& w, const float* x,
                    uint32_t x_stride, float* y, uint32_t y_stride);
// dx (+)= dy w, dw += dy^T x. dx is written where `accumulate` is false; dw has w's rows at w's row stride.
void linear_backward(const TrainKernels& kernels, uint32_t T, const WorkMatrix& w, const float* x,
                     const float* dy, uint32_t y_stride, float* dx, uint32_t x_stride, bool accumulate,
                     float* dw);

// h = layernorm(x), both (T, S) with D numbers in a row; stats (T, 2) receives mean and 1 / deviation.
void norm_forward(const Kernels& kernels, uint32_t T, uint32_t D, const float* x, const float* gamma,
                  const float* beta, uint32_t S, float* h, float* stats);
void norm_backward(const TrainKernels& kernels, uint32_t T, uint32_t D, const float* x, const float* gamma,
                   const float* stats, const float* dh, uint32_t S, float* dx, float* dgamma, float* dbeta);

}  // namespace atome
