// The SIMD bodies of the inference kernels, written once with vector extensions and compiled once for each
// instruction set. The including file defines
//   ATOME_LANES   floats in a vector: 4, 8 or 16
//   ATOME_ISA     a namespace of its own
// and is compiled with the flags of its instruction set. Nothing here may call a function that is shared
// with other translation units, such as a template of the standard library: see math.h.
#include "atome/kernels/kernels.h"
#include "atome/kernels/simd.h"
#include "atome/base/math.h"

namespace atome::ATOME_ISA {
namespace {

// GROUP panels at once: their accumulators hide each other's latency.
template <int GROUP, class Weight>
ATOME_INLINE void matvec_panels(const Weight* weights, const float* scales, uint32_t cols, const float* x,
                                float* y) {
    F sum[GROUP][kVectors] = {};
    for (uint32_t c = 0; c < cols; c++) {
        const F xc = splat(x[c]);
#pragma GCC unroll 8
        for (int g = 0; g < GROUP; g++) {
            const Weight* w = weights + (static_cast<std::size_t>(g) * cols + c) * kPanel;
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) sum[g][v] += load(w + v * kLanes) * xc;
        }
    }
    for (int g = 0; g < GROUP; g++)
        for (int v = 0; v < kVectors; v++) {
            const int at = g * static_cast<int>(kPanel) + v * kLanes;
            store(y + at, sum[g][v] * load(scales + at));
        }
}

template <class Weight>
void matvec(const Weight* weights, const float* scales, uint32_t rows, uint32_t cols, const float* x,
            float* y) {
    // At most 8 accumulators in all.
    constexpr int kGroup = 8 / kVectors > 0 ? 8 / kVectors : 1;
    const std::size_t panel = static_cast<std::size_t>(cols) * kPanel;
    uint32_t r = 0;
    for (; r + kGroup * kPanel <= rows; r += kGroup * kPanel)
        matvec_panels<kGroup>(weights + r / kPanel * panel, scales + r, cols, x, y + r);
    for (; r + 2 * kPanel <= rows; r += 2 * kPanel)
        matvec_panels<2>(weights + r / kPanel * panel, scales + r, cols, x, y + r);
    for (; r < rows; r += kPanel) matvec_panels<1>(weights + r / kPanel * panel, scales + r, cols, x, y + r);
}

void layernorm(const float* x, const float* gamma, const float* beta, uint32_t n, float* out, float* stats) {
    const float mean = sum_of(x, n) / static_cast<float>(n);
    StridedSum squares;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) {
            const F d = load(x + i + v * kLanes) - mean;
            squares.add(v, d * d);
        }
    for (; i < n; i++) squares.add_one(i % kPanel, (x[i] - mean) * (x[i] - mean));
    const float inv = 1.0f / sqrt(squares.total() / static_cast<float>(n) + 1e-5f);
    for (i = 0; i + kLanes <= n; i += kLanes)
        store(out + i, (load(x + i) - mean) * inv * load(gamma + i) + load(beta + i));
    for (; i < n; i++) out[i] = (x[i] - mean) * inv * gamma[i] + beta[i];
    if (stats) {
        stats[0] = mean;
        stats[1] = inv;
    }
}

void conv(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K, uint32_t D,
          float* out) {
    uint32_t d = 0;
    for (; d + kLanes <= D; d += kLanes) {
        F sum = {};
        for (uint32_t j = 0; j < K; j++) sum += load(taps + j * stride + d) * load(rows[j] + d);
        store(out + d, sum * scale);
    }
    for (; d < D; d++) {
        float sum = 0;
        for (uint32_t j = 0; j < K; j++) sum += taps[j * stride + d] * rows[j][d];
        out[d] = sum * scale;
    }
}

void state(const float* a, const float* b, const float* c, const float* h, uint32_t D, float* s, float* y) {
    uint32_t d = 0;
    for (; d + kLanes <= D; d += kLanes) {
        const F next = load(a + d) * load(s + d) + load(b + d) * load(h + d);
        store(s + d, next);
        store(y + d, load(c + d) * next);
    }
    for (; d < D; d++) {
        s[d] = a[d] * s[d] + b[d] * h[d];
        y[d] = c[d] * s[d];
    }
}

void scores(const float* keys, uint32_t stride, const float* q, uint32_t H, uint32_t n, float scale,
            float* out) {
    for (uint32_t j = 0; j < n; j += kPanel) {
        F sum[kVectors] = {};
        for (uint32_t i = 0; i < H; i++) {
            const F qi = splat(q[i]);
            for (int v = 0; v < kVectors; v++)
                sum[v] += qi * load(keys + static_cast<std::size_t>(i) * stride + j + v * kLanes);
        }
        for (int v = 0; v < kVectors; v++) store(out + j + v * kLanes, sum[v] * scale);
    }
}

void weighted_sum(const float* weights, const float* const* rows, uint32_t count, uint32_t D, float* out) {
    uint32_t d = 0;
    for (; d + kLanes <= D; d += kLanes) {
        F sum = {};
        for (uint32_t i = 0; i < count; i++) sum += weights[i] * load(rows[i] + d);
        store(out + d, sum);
    }
    for (; d < D; d++) {
        float sum = 0;
        for (uint32_t i = 0; i < count; i++) sum += weights[i] * rows[i][d];
        out[d] = sum;
    }
}

void axpy(float weight, const float* y, uint32_t D, float* x) {
    uint32_t d = 0;
    for (; d + kLanes <= D; d += kLanes) store(x + d, load(x + d) + weight * load(y + d));
    for (; d < D; d++) x[d] += weight * y[d];
}

void relu_squared(float* u, uint32_t n) {
    uint32_t i = 0;
    const F zero = {};
    for (; i + kLanes <= n; i += kLanes) {
        const F value = load(u + i);
        store(u + i, value > zero ? value * value : zero);
    }
    for (; i < n; i++) u[i] = u[i] > 0 ? u[i] * u[i] : 0;
}

uint32_t first_above(const float* x, uint32_t n, float threshold) {
    uint32_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        if (const uint32_t mask = above_mask(load(x + i), threshold)) return i + __builtin_ctz(mask);
    while (i < n && !(x[i] > threshold)) i++;
    return i;
}

void softmax(float* x, uint32_t n) {
    float most = x[0];
    for (uint32_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    StridedSum sum;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) {
            float* at = x + i + v * kLanes;
            const F e = exp_lanes<F, I>(load(at) - most);
            store(at, e);
            sum.add(v, e);
        }
    for (; i < n; i++) {
        x[i] = exp(x[i] - most);
        sum.add_one(i % kPanel, x[i]);
    }
    const float inv = 1.0f / sum.total();
    for (i = 0; i + kLanes <= n; i += kLanes) store(x + i, load(x + i) * inv);
    for (; i < n; i++) x[i] *= inv;
}

}  // namespace

constexpr Kernels make_kernels(const char* name) {
    return {name,   ATOME_LANES,  matvec<int8_t>, matvec<float>, layernorm,   conv,   state,
            scores, weighted_sum, axpy,           relu_squared,  first_above, softmax};
}

}  // namespace atome::ATOME_ISA
