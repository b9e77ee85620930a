// Products with weights as they lie in the file, without unpacking them first: what a chip runs, where
// flash is plenty and RAM is not. Same bits as the panel kernels of kernels.h where x is finite, which
// Engine::step sees to: zeros are skipped here and multiplied there.
#pragma once

#include "atome/model/view.h"

namespace atome {

// y[r] = row_scale(r) * sum over c of w[r][c] * x[c]; x (cols), y (rows).
void matvec_packed(const TensorView& w, const float* x, float* y);

// The same bits with sums by integer operations: what matvec_packed does on a chip without an FPU. False,
// with y untouched, where that is not for it: encodings whose codes are not all whole numbers up to a
// largest, numbers near the largest float.
bool matvec_by_integers(const TensorView& w, const float* x, float* y);

// out[c] = row_scale(row) * w[row][c]; out (cols).
void read_row(const TensorView& w, uint32_t row, float* out);

// out[d] = scale * sum over taps j of w[d][j] * rows[j][d]; w (D, K), rows K pointers to (D).
void conv_packed(const TensorView& w, const float* const* rows, float* out);

// Kernels::layernorm and ::state with vectors of bf16.
void layernorm_bf16(const float* x, const uint8_t* gamma, const uint8_t* beta, uint32_t n, float* out,
                    float* stats);
void state_bf16(const float* a, const uint8_t* b, const uint8_t* c, const float* h, uint32_t D, float* s,
                float* y);

}  // namespace atome
