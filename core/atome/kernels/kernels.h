// The inner loops of inference, behind one table so that each set can be forced, diffed and measured;
// registry.h has the sets.
//
// scalar.cc is the definition: plain loops in the order that the number contract fixes. The SIMD sets give
// the same bits for every input, because
//   - a matrix-vector product has one accumulator per row and adds in column order; lanes are rows;
//   - a sum over a vector goes to 16 strided partial sums (element i to partial i mod 16, starting from 0),
//     which are then halved: p[i] += p[i + 8], then 4, 2, 1;
//   - every other loop treats its elements separately;
//   - products are rounded before they are added (no FMA).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace atome {

// Rows are handled in panels of this many; buffers for results are padded up to it.
constexpr uint32_t kPanel = 16;
constexpr uint32_t padded(uint32_t n) { return (n + kPanel - 1) / kPanel * kPanel; }

struct Kernels {
    const char* name;  // as in the registry
    uint32_t lanes;    // floats in one vector register of this set

    // y[r] = scales[r] * sum over c of codes[r][c] * x[c].
    // codes (rows / 16, cols, 16): panel p, column c, row 16p + lane. rows is a multiple of 16; scales and
    // y have `rows` elements. y must not overlap x.
    void (*matvec_codes)(const int8_t* codes, const float* scales, uint32_t rows, uint32_t cols,
                         const float* x, float* y);
    // The same with float weights in panels (rows / 16, cols, 16).
    void (*matvec_floats)(const float* weights, const float* scales, uint32_t rows, uint32_t cols,
                          const float* x, float* y);

    // out = (x - mean) * inv * gamma + beta with biased variance and eps 1e-5, all (n). stats, where not
    // null, receives mean and inv = 1 / sqrt(var + eps). out may be x.
    void (*layernorm)(const float* x, const float* gamma, const float* beta, uint32_t n, float* out,
                      float* stats);

    // out[d] = scale * sum over j = 0..K-1 of taps[j][d] * rows[j][d]; taps (K, stride), rows K pointers
    // to (D), row 0 the current position.
    void (*conv)(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K,
                 uint32_t D, float* out);

    // s[d] = a[d] * s[d] + b[d] * h[d]; y[d] = c[d] * s[d]; all (D).
    void (*state)(const float* a, const float* b, const float* c, const float* h, uint32_t D, float* s,
                  float* y);

    // The same with a decay that depends on the input, see selective.h: a holds Wa h and receives the decay.
    void (*selective_state)(const float* a_raw, const float* b, const float* c, const float* h, uint32_t D,
                            float* a, float* s, float* y);

    // scores[j] = scale * sum over i of q[i] * keys[i * stride + j] for j < n; keys (H, stride) with the
    // positions along the rows. keys rows and scores must be readable and writable up to n rounded up to 16.
    void (*scores)(const float* keys, uint32_t stride, const float* q, uint32_t H, uint32_t n, float scale,
                   float* scores);

    // out[d] = sum over i < count of weights[i] * rows[i][d], in the order of i.
    void (*weighted_sum)(const float* weights, const float* const* rows, uint32_t count, uint32_t D,
                         float* out);

    // x[d] += weight * y[d].
    void (*axpy)(float weight, const float* y, uint32_t D, float* x);

    // u = max(u, 0)^2.
    void (*relu_squared)(float* u, uint32_t n);

    // The index of the first element of x (n) above the threshold, or n where there is none.
    uint32_t (*first_above)(const float* x, uint32_t n, float threshold);

    // x = softmax(x) in place, n >= 1.
    void (*softmax)(float* x, uint32_t n);
};

const Kernels& scalar_kernels();

}  // namespace atome
