#include "atome/nn/layers.h"

#include <algorithm>

namespace atome {

WorkMatrix::WorkMatrix(uint32_t R, uint32_t C)
    : rows(R),
      cols(C),
      row_stride(padded(C)),
      column_stride(padded(R)),
      codes_t(static_cast<std::size_t>(C) * padded(R)),
      values(static_cast<std::size_t>(R) * padded(C)),
      scales(padded(R)) {}

void WorkMatrix::finish_rows(uint32_t first, uint32_t count) {
    for (uint32_t r = first; r < first + count; r++) {
        float* row = &values[static_cast<std::size_t>(r) * row_stride];
        const float scale = scales[r];
        for (uint32_t c = 0; c < cols; c++) {
            codes_t[static_cast<std::size_t>(c) * column_stride + r] = row[c];
            row[c] *= scale;
        }
    }
}

void WorkMatrix::assign(const float* weights) {
    for (std::size_t r = 0; r < rows; r++) std::copy_n(weights + r * cols, cols, &values[r * row_stride]);
    std::fill_n(scales.begin(), rows, 1.0f);
    finish_rows(0, rows);
}

void linear_forward(const TrainKernels& kernels, uint32_t T, const WorkMatrix& w, const float* x,
                    uint32_t x_stride, float* y, uint32_t y_stride) {
    kernels.gemm({.M = T,
                  .N = w.rows,
                  .K = w.cols,
                  .A = x,
                  .a_row = x_stride,
                  .a_col = 1,
                  .B = w.codes_t.data(),
                  .b_row = w.column_stride,
                  .C = y,
                  .c_row = y_stride,
                  .accumulate = false,
                  .column_scale = w.scales.data()});
}

void linear_backward(const TrainKernels& kernels, uint32_t T, const WorkMatrix& w, const float* x,
                     const float* dy, uint32_t y_stride, float* dx, uint32_t x_stride, bool accumulate,
                     float* dw) {
    kernels.gemm({.M = T,
                  .N = w.cols,
                  .K = w.rows,
                  .A = dy,
                  .a_row = y_stride,
                  .a_col = 1,
                  .B = w.values.data(),
                  .b_row = w.row_stride,
                  .C = dx,
                  .c_row = x_stride,
                  .accumulate = accumulate,
                  .column_scale = nullptr});
    kernels.gemm({.M = w.rows,
                  .N = w.cols,
                  .K = T,
                  .A = dy,
                  .a_row = 1,
                  .a_col = y_stride,
                  .B = x,
                  .b_row = x_stride,
                  .C = dw,
                  .c_row = w.row_stride,
                  .accumulate = true,
                  .column_scale = nullptr});
}

void norm_forward(const Kernels& kernels, uint32_t T, uint32_t D, const float* x, const float* gamma,
                  const float* beta, uint32_t S, float* h, float* stats) {
    for (std::size_t t = 0; t < T; t++)
        kernels.layernorm(x + t * S, gamma, beta, D, h + t * S, stats + 2 * t);
}

void norm_backward(const TrainKernels& kernels, uint32_t T, uint32_t D, const float* x, const float* gamma,
                   const float* stats, const float* dh, uint32_t S, float* dx, float* dgamma, float* dbeta) {
    for (std::size_t t = 0; t < T; t++)
        kernels.layernorm_backward(x + t * S, gamma, stats + 2 * t, dh + t * S, D, dx + t * S, dgamma, dbeta);
}

}  // namespace atome
