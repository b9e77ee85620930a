// The definition of every inference kernel: plain loops, one element at a time.
#include "atome/kernels/scalar_bodies.h"

namespace atome {

namespace {

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

void conv(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K, uint32_t D,
          float* out) {
    for (uint32_t d = 0; d < D; d++) {
        float sum = 0;
        for (uint32_t j = 0; j < K; j++) sum += taps[j * stride + d] * rows[j][d];
        out[d] = sum * scale;
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
    scalar::StridedSum sum;
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
        "scalar",
        1,
        matvec<int8_t>,
        matvec<float>,
        scalar::layernorm<const float*>,
        conv,
        scalar::state<const float*>,
        scores,
        weighted_sum,
        axpy,
        relu_squared,
        first_above,
        softmax,
    };
    return table;
}

}  // namespace atome
