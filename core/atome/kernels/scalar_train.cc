// The definition of every training kernel: plain loops, one element at a time.
#include "atome/base/math.h"
#include "atome/kernels/gelu.h"
#include "atome/kernels/selective.h"
#include "atome/kernels/train_kernels.h"

namespace atome {

namespace {

struct StridedSum {
    float partial[kPanel] = {};
    void add(std::size_t i, float value) { partial[i % kPanel] += value; }
    float total() {
        for (uint32_t half = kPanel / 2; half > 0; half /= 2)
            for (uint32_t i = 0; i < half; i++) partial[i] += partial[i + half];
        return partial[0];
    }
};

void gemm(const Gemm& g) {
    for (uint32_t m = 0; m < g.M; m++)
        for (uint32_t n = 0; n < g.N; n++) {
            float sum = g.accumulate ? g.C[m * g.c_row + n] : 0;
            for (uint32_t k = 0; k < g.K; k++) sum += g.A[m * g.a_row + k * g.a_col] * g.B[k * g.b_row + n];
            g.C[m * g.c_row + n] = g.column_scale ? sum * g.column_scale[n] : sum;
        }
}

void layernorm_backward(const float* x, const float* gamma, const float* stats, const float* dout, uint32_t n,
                        float* dx, float* dgamma, float* dbeta) {
    const float mean = stats[0], inv = stats[1];
    StridedSum sum, sum_x;
    for (uint32_t i = 0; i < n; i++) {
        const float normal = (x[i] - mean) * inv;
        const float dnormal = dout[i] * gamma[i];
        sum.add(i, dnormal);
        sum_x.add(i, dnormal * normal);
        dgamma[i] += dout[i] * normal;
        dbeta[i] += dout[i];
    }
    const float m1 = sum.total() / static_cast<float>(n);
    const float m2 = sum_x.total() / static_cast<float>(n);
    for (uint32_t i = 0; i < n; i++) dx[i] += (dout[i] * gamma[i] - m1 - (x[i] - mean) * inv * m2) * inv;
}

void conv_backward(const float* taps, uint32_t stride, const float* const* rows, const float* dout,
                   uint32_t K, uint32_t D, float* const* drows, float* dtaps) {
    for (uint32_t j = 0; j < K; j++)
        for (uint32_t d = 0; d < D; d++) {
            drows[j][d] += taps[j * stride + d] * dout[d];
            dtaps[j * stride + d] += rows[j][d] * dout[d];
        }
}

void state_backward(const float* a, const float* b, const float* c, const float* h, const float* s_before,
                    const float* s, const float* dy, uint32_t D, float* ds, float* dh, float* da, float* db,
                    float* dc) {
    for (uint32_t d = 0; d < D; d++) {
        const float total = ds[d] + c[d] * dy[d];
        dc[d] += dy[d] * s[d];
        da[d] += total * s_before[d];
        db[d] += total * h[d];
        dh[d] += total * b[d];
        ds[d] = total * a[d];
    }
}

void selective_state_backward(const float* a, const float* b, const float* c, const float* h,
                              const float* s_before, const float* s, const float* dy, uint32_t D, float* ds,
                              float* dh, float* dz, float* da_raw, float* db, float* dc) {
    for (uint32_t d = 0; d < D; d++) {
        const float total = ds[d] + c[d] * dy[d];
        const float taken = total * (1 - a[d]);
        dc[d] += dy[d] * s[d];
        dz[d] = selective_gate_gradient(a[d], b[d], h[d], s_before[d], total);
        da_raw[d] += dz[d];
        db[d] += taken * h[d];
        dh[d] += taken * b[d];
        ds[d] = total * a[d];
    }
}

float dot(const float* x, const float* y, uint32_t n) {
    StridedSum sum;
    for (uint32_t i = 0; i < n; i++) sum.add(i, x[i] * y[i]);
    return sum.total();
}

void scale(float weight, const float* x, uint32_t n, float* out) {
    for (uint32_t i = 0; i < n; i++) out[i] = weight * x[i];
}

void add(const float* y, std::size_t n, float* x) {
    for (std::size_t i = 0; i < n; i++) x[i] += y[i];
}

void relu_squared_backward(const float* u, const float* dz, uint32_t n, float* du) {
    for (uint32_t i = 0; i < n; i++) du[i] = dz[i] * (u[i] > 0 ? u[i] + u[i] : 0);
}

float cross_entropy(float* logits, uint32_t V, uint32_t target, float factor) {
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = logits[i] > most ? logits[i] : most;
    const float wanted = logits[target] - most;
    StridedSum sum;
    for (uint32_t i = 0; i < V; i++) {
        logits[i] = exp(logits[i] - most);
        sum.add(i, logits[i]);
    }
    const float total = sum.total();
    const float inv = factor / total;
    for (uint32_t i = 0; i < V; i++) logits[i] *= inv;
    logits[target] -= factor;
    return log(total) - wanted;
}

float entropy(const float* logits, uint32_t V) {
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = logits[i] > most ? logits[i] : most;
    StridedSum sum, weighted;
    for (uint32_t i = 0; i < V; i++) {
        const float below = logits[i] - most, e = exp(below);
        sum.add(i, e);
        weighted.add(i, e * below);
    }
    const float total = sum.total();
    return log(total) - weighted.total() / total;
}

float sum_squares(const float* x, std::size_t n) {
    StridedSum sum;
    for (std::size_t i = 0; i < n; i++) sum.add(i, x[i] * x[i]);
    return sum.total();
}

void adamw(const AdamStep& p, const float* g, std::size_t n, float* w, float* m, float* v) {
    for (std::size_t i = 0; i < n; i++) {
        const float gi = g[i] * p.grad_scale;
        m[i] = p.beta1 * m[i] + (1 - p.beta1) * gi;
        v[i] = p.beta2 * v[i] + (1 - p.beta2) * (gi * gi);
        const float denominator = sqrt(v[i]) * p.inv_sqrt_bias2 + p.eps;
        w[i] = w[i] * p.decay - p.rate * m[i] / denominator;
    }
}

void round_codes(const float* w, float step, float most, std::size_t n, float* codes) {
    for (std::size_t i = 0; i < n; i++) codes[i] = round_within(w[i] / step, most);
}

void gelu(const float* u, std::size_t n, float* out) {
    for (std::size_t i = 0; i < n; i++) out[i] = gelu_lanes<float, int32_t>(u[i]);
}

void gelu_backward(const float* u, const float* dz, std::size_t n, float* du) {
    for (std::size_t i = 0; i < n; i++) du[i] = dz[i] * gelu_slope_lanes<float, int32_t>(u[i]);
}

void softmax_backward(const float* p, uint32_t n, float factor, float* d) {
    const float total = dot(p, d, n);
    for (uint32_t i = 0; i < n; i++) d[i] = p[i] * (d[i] - total) * factor;
}

}  // namespace

const TrainKernels& scalar_train_kernels() {
    static constexpr TrainKernels table = {
        gemm,
        layernorm_backward,
        conv_backward,
        state_backward,
        selective_state_backward,
        dot,
        scale,
        add,
        relu_squared_backward,
        cross_entropy,
        entropy,
        sum_squares,
        adamw,
        round_codes,
        gelu,
        gelu_backward,
        softmax_backward,
    };
    return table;
}

}  // namespace atome
