// Kernels that read vectors, in plain loops: over floats they are the definition (scalar.cc), over numbers of
// another encoding what a chip runs (packed.cc).
#pragma once

#include "atome/base/math.h"
#include "atome/kernels/kernels.h"

namespace atome {
namespace scalar {

// The one order of a sum: 16 strided partial sums, then halving.
struct StridedSum {
    float partial[kPanel] = {};
    void add(uint32_t i, float value) { partial[i % kPanel] += value; }
    float total() {
        for (uint32_t half = kPanel / 2; half > 0; half /= 2)
            for (uint32_t i = 0; i < half; i++) partial[i] += partial[i + half];
        return partial[0];
    }
};

// Vector: v[i] is a float.
template <class Vector>
void layernorm(const float* x, Vector gamma, Vector beta, uint32_t n, float* out, float* stats) {
    StridedSum sum;
    for (uint32_t i = 0; i < n; i++) sum.add(i, x[i]);
    const float mean = sum.total() / static_cast<float>(n);
    StridedSum squares;
    for (uint32_t i = 0; i < n; i++) squares.add(i, (x[i] - mean) * (x[i] - mean));
    const float inv = 1.0f / sqrt(squares.total() / static_cast<float>(n) + 1e-5f);
    for (uint32_t i = 0; i < n; i++) out[i] = (x[i] - mean) * inv * gamma[i] + beta[i];
    if (stats) {
        stats[0] = mean;
        stats[1] = inv;
    }
}

template <class Vector>
void state(const float* a, Vector b, Vector c, const float* h, uint32_t D, float* s, float* y) {
    for (uint32_t d = 0; d < D; d++) {
        s[d] = a[d] * s[d] + b[d] * h[d];
        y[d] = c[d] * s[d];
    }
}

}  // namespace scalar
}  // namespace atome
