// Every inference kernel written down once more, from the comments of kernels.h alone: what the scalar set,
// which defines the others, is itself held against.
#pragma once

#include <algorithm>
#include <vector>

#include "atome/base/math.h"
#include "atome/kernels/kernels.h"

namespace atome::test::plain {

// The one order of a sum: 16 strided partial sums, each from 0, then halving.
inline float sum(const std::vector<float>& terms) {
    float p[16] = {};
    for (std::size_t lane = 0; lane < 16; lane++)
        for (std::size_t i = lane; i < terms.size(); i += 16) p[lane] += terms[i];
    for (const int half : {8, 4, 2, 1})
        for (int i = 0; i < half; i++) p[i] += p[i + half];
    return p[0];
}

template <class Weight>
void matvec(const Weight* panels, const float* scales, uint32_t rows, uint32_t cols, const float* x,
            float* y) {
    std::fill_n(y, rows, 0.0f);
    const Weight* weight = panels;
    for (uint32_t first = 0; first < rows; first += 16)
        for (uint32_t c = 0; c < cols; c++)
            for (uint32_t lane = 0; lane < 16; lane++)
                y[first + lane] += static_cast<float>(*weight++) * x[c];
    for (uint32_t r = 0; r < rows; r++) y[r] = scales[r] * y[r];
}

inline void layernorm(const float* x, const float* gamma, const float* beta, uint32_t n, float* out,
                      float* stats) {
    std::vector<float> terms(x, x + n);
    const float mean = sum(terms) / static_cast<float>(n);
    for (float& t : terms) t = (t - mean) * (t - mean);
    const float variance = sum(terms) / static_cast<float>(n);
    const float inv = 1.0f / sqrt(variance + 1e-5f);
    for (uint32_t i = 0; i < n; i++) {
        const float normal = (x[i] - mean) * inv;
        const float scaled = normal * gamma[i];
        out[i] = scaled + beta[i];
    }
    if (stats) stats[0] = mean, stats[1] = inv;
}

inline void weighted_sum(const float* weights, const float* const* rows, uint32_t count, uint32_t D,
                         float* out) {
    std::fill_n(out, D, 0.0f);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t d = 0; d < D; d++) out[d] += weights[i] * rows[i][d];
}

inline void conv(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K,
                 uint32_t D, float* out) {
    std::fill_n(out, D, 0.0f);
    for (uint32_t j = 0; j < K; j++)
        for (uint32_t d = 0; d < D; d++) out[d] += taps[j * stride + d] * rows[j][d];
    for (uint32_t d = 0; d < D; d++) out[d] = scale * out[d];
}

inline void state(const float* a, const float* b, const float* c, const float* h, uint32_t D, float* s,
                  float* y) {
    for (uint32_t d = 0; d < D; d++) {
        const float kept = a[d] * s[d], added = b[d] * h[d];
        s[d] = kept + added;
    }
    for (uint32_t d = 0; d < D; d++) y[d] = c[d] * s[d];
}

inline void selective_state(const float* a_raw, const float* b, const float* c, const float* h, uint32_t D,
                            float* a, float* s, float* y) {
    for (uint32_t d = 0; d < D; d++) {
        const float sum = tanh(a[d] + a_raw[d]) + 1.0f;
        a[d] = 0.5f * sum;
        const float kept = a[d] * s[d], input = b[d] * h[d], added = (1.0f - a[d]) * input;
        s[d] = kept + added;
        y[d] = c[d] * s[d];
    }
}

inline void scores(const float* keys, uint32_t stride, const float* q, uint32_t H, uint32_t n, float scale,
                   float* out) {
    std::fill_n(out, n, 0.0f);
    for (uint32_t i = 0; i < H; i++)
        for (uint32_t j = 0; j < n; j++) out[j] += q[i] * keys[std::size_t{i} * stride + j];
    for (uint32_t j = 0; j < n; j++) out[j] = scale * out[j];
}

inline void axpy(float weight, const float* y, uint32_t D, float* x) {
    for (uint32_t d = 0; d < D; d++) {
        const float product = weight * y[d];
        x[d] = x[d] + product;
    }
}

inline void relu_squared(float* u, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const float positive = std::max(u[i], 0.0f);
        u[i] = positive * positive;
    }
}

inline uint32_t first_above(const float* x, uint32_t n, float threshold) {
    return static_cast<uint32_t>(std::find_if(x, x + n, [=](float v) { return v > threshold; }) - x);
}

inline void softmax(float* x, uint32_t n) {
    const float most = *std::max_element(x, x + n);
    std::vector<float> terms;
    for (uint32_t i = 0; i < n; i++) terms.push_back(exp(x[i] - most));
    const float inv = 1.0f / sum(terms);
    for (uint32_t i = 0; i < n; i++) x[i] = terms[i] * inv;
}

inline const Kernels kKernels = {
    "plain",         1,      matvec<int8_t>, matvec<float>, layernorm,    conv,        state,
    selective_state, scores, weighted_sum,   axpy,          relu_squared, first_above, softmax,
};

}  // namespace atome::test::plain
