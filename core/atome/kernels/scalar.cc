// The definition of every inference kernel: plain loops, one element at a time.
#include "atome/base/math.h"
#include "atome/kernels/kernels.h"
#include "atome/kernels/selective.h"

namespace atome {

namespace {

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

template <class Weight>
void matvec(const Weight* weights, const float* scales, uint32_t rows, uint32_t cols, const float* x,
            float* y) {
    for (uint32_t r = 0; r < rows; r++) {
        const Weight* w = weights + static_cast<size_t>(r / kPanel) * cols * kPanel + r % kPanel;
        float sum = 0;
        for (uint32_t c = 0; c < cols; c++) sum += static_cast<float>(w[c * kPanel]) * x[c];
        y[r] = sum * scales[r];
    }
}

void layernorm(const float* x, const float* gamma, const float* beta, uint32_t n, float* out, float* stats) {
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

void conv(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K, uint32_t D,
          float* out) {
    for (uint32_t d = 0; d < D; d++) {
        float sum = 0;
        for (uint32_t j = 0; j < K; j++) sum += taps[j * stride + d] * rows[j][d];
        out[d] = sum * scale;
    }
}

void state(const float* a, const float* b, const float* c, const float* h, uint32_t D, float* s, float* y) {
    for (uint32_t d = 0; d < D; d++) {
        s[d] = a[d] * s[d] + b[d] * h[d];
        y[d] = c[d] * s[d];
    }
}

void selective_state(const float* a_raw, const float* b, const float* c, const float* h, uint32_t D, float* a,
                     float* s, float* y) {
    for (uint32_t d = 0; d < D; d++) {
        a[d] = selective_decay(tanh(a[d] + a_raw[d]));
        s[d] = selective_step(a[d], b[d], h[d], s[d]);
        y[d] = c[d] * s[d];
    }
}

void scores(const float* keys, uint32_t stride, const float* q, uint32_t H, uint32_t n, float scale,
            float* out) {
    for (uint32_t j = 0; j < n; j++) {
        float sum = 0;
        for (uint32_t i = 0; i < H; i++) sum += q[i] * keys[static_cast<size_t>(i) * stride + j];
        out[j] = sum * scale;
    }
}

void weighted_sum(const float* weights, const float* const* rows, uint32_t count, uint32_t D, float* out) {
    for (uint32_t d = 0; d < D; d++) {
        float sum = 0;
        for (uint32_t i = 0; i < count; i++) sum += weights[i] * rows[i][d];
        out[d] = sum;
    }
}

void axpy(float weight, const float* y, uint32_t D, float* x) {
    for (uint32_t d = 0; d < D; d++) x[d] += weight * y[d];
}

void relu_squared(float* u, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) u[i] = u[i] > 0 ? u[i] * u[i] : 0;
}

uint32_t first_above(const float* x, uint32_t n, float threshold) {
    uint32_t i = 0;
    while (i < n && !(x[i] > threshold)) i++;
    return i;
}

void softmax(float* x, uint32_t n) {
    float most = x[0];
    for (uint32_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    StridedSum sum;
    for (uint32_t i = 0; i < n; i++) {
        x[i] = exp(x[i] - most);
        sum.add(i, x[i]);
    }
    const float inv = 1.0f / sum.total();
    for (uint32_t i = 0; i < n; i++) x[i] *= inv;
}

}  // namespace

const Kernels& scalar_kernels() {
    static constexpr Kernels table = {
        "scalar",        1,      matvec<int8_t>, matvec<float>, layernorm,    conv,        state,
        selective_state, scores, weighted_sum,   axpy,          relu_squared, first_above, softmax,
    };
    return table;
}

}  // namespace atome
