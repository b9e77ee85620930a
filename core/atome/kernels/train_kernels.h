// The inner loops that training and the GPT baseline add to those of inference (kernels.h), behind a table of
// the same kind.
//
// scalar_train.cc is the definition. An exact set gives the same bits as it; a fused set adds products by FMA
// in gemm, and in nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/kernels/kernels.h"

namespace atome {

// C (M, N) = A (M, K) times B (K, N), or C += it. Every element of C has one accumulator that adds its K
// products in order, so tiling and vector width change no bit.
struct Gemm {
    uint32_t M, N, K;
    const float* A;  // element (m, k) at A[m * a_row + k * a_col]
    std::size_t a_row, a_col;
    const float* B;  // element (k, n) at B[k * b_row + n]; rows readable up to N rounded up to 16
    std::size_t b_row;
    float* C;  // element (m, n) at C[m * c_row + n]; rows writable up to N rounded up to 16
    std::size_t c_row;
    bool accumulate;            // start from C instead of 0
    const float* column_scale;  // (N rounded up to 16) or null: what multiplies each finished column
};

// Constants of one AdamW step (Loshchilov and Hutter 2017, arXiv:1711.05101), in PyTorch's form.
struct AdamStep {
    float decay;  // 1 - lr * weight_decay
    float beta1, beta2;
    float rate;            // lr / (1 - beta1^t)
    float inv_sqrt_bias2;  // 1 / sqrt(1 - beta2^t)
    float eps;
    float grad_scale;  // what gradient clipping multiplies every gradient with; 1: nothing
};

struct TrainKernels {
    void (*gemm)(const Gemm& g);

    // Gradient of Kernels::layernorm for one row: dx += dL/dx, dgamma += , dbeta += ; stats as it wrote them.
    void (*layernorm_backward)(const float* x, const float* gamma, const float* stats, const float* dout,
                               uint32_t n, float* dx, float* dgamma, float* dbeta);

    // Gradient of Kernels::conv with scale 1 at one position: drows[j] += taps[j] * dout and
    // dtaps[j] += rows[j] * dout for j < K; taps and dtaps (K, stride).
    void (*conv_backward)(const float* taps, uint32_t stride, const float* const* rows, const float* dout,
                          uint32_t K, uint32_t D, float* const* drows, float* dtaps);

    // Gradient of Kernels::state at one position, called from the last to the first. s and s_before are the
    // states after and before it; ds (D) carries dL/ds backwards in time.
    void (*state_backward)(const float* a, const float* b, const float* c, const float* h,
                           const float* s_before, const float* s, const float* dy, uint32_t D, float* ds,
                           float* dh, float* da, float* db, float* dc);

    // Gradient of Kernels::selective_state, called likewise; a: the decay as it left it. dz receives dL/dz, z
    // = Wa h + a_raw, which is also added to da_raw.
    void (*selective_state_backward)(const float* a, const float* b, const float* c, const float* h,
                                     const float* s_before, const float* s, const float* dy, uint32_t D,
                                     float* ds, float* dh, float* dz, float* da_raw, float* db, float* dc);

    // Sum of x * y in the strided order.
    float (*dot)(const float* x, const float* y, uint32_t n);
    // out = weight * x.
    void (*scale)(float weight, const float* x, uint32_t n, float* out);
    // x += y.
    void (*add)(const float* y, std::size_t n, float* x);

    // du = dz * 2 max(u, 0); du may be dz.
    void (*relu_squared_backward)(const float* u, const float* dz, uint32_t n, float* du);

    // Returns -ln softmax(logits)[target]; then logits = (softmax(logits) - onehot(target)) * scale.
    float (*cross_entropy)(float* logits, uint32_t V, uint32_t target, float scale);

    // The entropy of softmax(logits) in nats; both of its sums run in the strided order.
    float (*entropy)(const float* logits, uint32_t V);

    // Sum of squares of x (n) in the strided order.
    float (*sum_squares)(const float* x, std::size_t n);

    // w, m, v (n) after one step with gradient g.
    void (*adamw)(const AdamStep& step, const float* g, std::size_t n, float* w, float* m, float* v);

    // codes[i] = clamp(round_half_even(w[i] / step), -most, most) as floats; most is a whole number below
    // 2^22.
    void (*round_codes)(const float* w, float step, float most, std::size_t n, float* codes);

    // The rest is for the GPT baseline.

    // out = u * Phi(u), Phi(u) = (1 + erf(u / sqrt(2))) / 2: the exact GELU, up to erf's error (math.h). All
    // (n); out may be u.
    void (*gelu)(const float* u, std::size_t n, float* out);
    // du = dz * (Phi(u) + u * phi(u)), phi(u) = exp(-u^2 / 2) / sqrt(2 pi). All (n); du may be dz.
    void (*gelu_backward)(const float* u, const float* dz, std::size_t n, float* du);
    // Through p = softmax(scale * s): d = p * (d - sum of p * d) * scale, both (n); the sum in the strided
    // order.
    void (*softmax_backward)(const float* p, uint32_t n, float scale, float* d);
};

const TrainKernels& scalar_train_kernels();

}  // namespace atome
