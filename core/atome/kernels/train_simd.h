// The SIMD bodies of the training kernels; see simd_kernels.h for how they are compiled. With ATOME_FUSED
// defined only gemm is compiled, under flags that let the compiler fuse products and sums.
#include "atome/kernels/simd.h"
#include "atome/kernels/train_kernels.h"

namespace atome::ATOME_ISA {
namespace {

// One tile of C: ROWS rows by VECTORS registers, kept in registers over the whole of K.
template <int ROWS, int VECTORS>
ATOME_INLINE void gemm_tile(const Gemm& g, uint32_t m, uint32_t n) {
    const float* a = g.A + m * g.a_row;
    const float* b = g.B + n;
    float* c = g.C + m * g.c_row + n;
    F sum[ROWS][VECTORS];
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) sum[i][v] = g.accumulate ? load(c + i * g.c_row + v * kLanes) : F{};
    const std::size_t a_row = g.a_row, a_col = g.a_col, b_row = g.b_row;
    for (uint32_t k = 0; k < g.K; k++) {
        F bk[VECTORS];
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) bk[v] = load(b + v * kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < ROWS; i++) {
            const F ak = splat(a[i * a_row]);
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; v++) sum[i][v] += ak * bk[v];
        }
        a += a_col;
        b += b_row;
    }
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) {
            const F scaled = g.column_scale ? sum[i][v] * load(g.column_scale + n + v * kLanes) : sum[i][v];
            store(c + i * g.c_row + v * kLanes, scaled);
        }
}

// All rows of a strip of columns.
template <int VECTORS>
ATOME_INLINE void gemm_strip(const Gemm& g, uint32_t n) {
    uint32_t m = 0;
    for (; m + kTileRows <= g.M; m += kTileRows) gemm_tile<kTileRows, VECTORS>(g, m, n);
    for (; m + 4 <= g.M; m += 4) gemm_tile<4, VECTORS>(g, m, n);
    for (; m < g.M; m++) gemm_tile<1, VECTORS>(g, m, n);
}

void gemm(const Gemm& g) {
    constexpr uint32_t wide = kTileVectors * kLanes;
    const uint32_t N = padded(g.N);
    uint32_t n = 0;
    for (; n + wide <= N; n += wide) gemm_strip<kTileVectors>(g, n);
    for (; n < N; n += kPanel) gemm_strip<kVectors>(g, n);
}

#if !defined(ATOME_FUSED)

void layernorm_backward(const float* x, const float* gamma, const float* stats, const float* dout, uint32_t n,
                        float* dx, float* dgamma, float* dbeta) {
    const float mean = stats[0], inv = stats[1];
    StridedSum sum, sum_x;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) {
            const uint32_t at = i + v * kLanes;
            const F d = load(dout + at);
            const F normal = (load(x + at) - mean) * inv;
            const F dnormal = d * load(gamma + at);
            sum.add(v, dnormal);
            sum_x.add(v, dnormal * normal);
            store(dgamma + at, load(dgamma + at) + d * normal);
            store(dbeta + at, load(dbeta + at) + d);
        }
    for (; i < n; i++) {
        const float normal = (x[i] - mean) * inv;
        const float dnormal = dout[i] * gamma[i];
        sum.add_one(i % kPanel, dnormal);
        sum_x.add_one(i % kPanel, dnormal * normal);
        dgamma[i] += dout[i] * normal;
        dbeta[i] += dout[i];
    }
    const float m1 = sum.total() / static_cast<float>(n);
    const float m2 = sum_x.total() / static_cast<float>(n);
    for (i = 0; i + kLanes <= n; i += kLanes) {
        const F d = load(dout + i) * load(gamma + i);
        const F normal = (load(x + i) - mean) * inv;
        store(dx + i, load(dx + i) + (d - m1 - normal * m2) * inv);
    }
    for (; i < n; i++) dx[i] += (dout[i] * gamma[i] - m1 - (x[i] - mean) * inv * m2) * inv;
}

void conv_backward(const float* taps, uint32_t stride, const float* const* rows, const float* dout,
                   uint32_t K, uint32_t D, float* const* drows, float* dtaps) {
    for (uint32_t j = 0; j < K; j++) {
        const float* tap = taps + static_cast<std::size_t>(j) * stride;
        float* dtap = dtaps + static_cast<std::size_t>(j) * stride;
        const float* row = rows[j];
        float* drow = drows[j];
        uint32_t d = 0;
        for (; d + kLanes <= D; d += kLanes) {
            const F o = load(dout + d);
            store(drow + d, load(drow + d) + load(tap + d) * o);
            store(dtap + d, load(dtap + d) + load(row + d) * o);
        }
        for (; d < D; d++) {
            drow[d] += tap[d] * dout[d];
            dtap[d] += row[d] * dout[d];
        }
    }
}

void state_backward(const float* a, const float* b, const float* c, const float* h, const float* s_before,
                    const float* s, const float* dy, uint32_t D, float* ds, float* dh, float* da, float* db,
                    float* dc) {
    uint32_t d = 0;
    for (; d + kLanes <= D; d += kLanes) {
        const F o = load(dy + d);
        const F total = load(ds + d) + load(c + d) * o;
        store(dc + d, load(dc + d) + o * load(s + d));
        store(da + d, load(da + d) + total * load(s_before + d));
        store(db + d, load(db + d) + total * load(h + d));
        store(dh + d, load(dh + d) + total * load(b + d));
        store(ds + d, total * load(a + d));
    }
    for (; d < D; d++) {
        const float total = ds[d] + c[d] * dy[d];
        dc[d] += dy[d] * s[d];
        da[d] += total * s_before[d];
        db[d] += total * h[d];
        dh[d] += total * b[d];
        ds[d] = total * a[d];
    }
}

float dot(const float* x, const float* y, uint32_t n) {
    StridedSum sum;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) sum.add(v, load(x + i + v * kLanes) * load(y + i + v * kLanes));
    for (; i < n; i++) sum.add_one(i % kPanel, x[i] * y[i]);
    return sum.total();
}

void scale(float weight, const float* x, uint32_t n, float* out) {
    uint32_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, weight * load(x + i));
    for (; i < n; i++) out[i] = weight * x[i];
}

void add(const float* y, std::size_t n, float* x) {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(x + i, load(x + i) + load(y + i));
    for (; i < n; i++) x[i] += y[i];
}

void relu_squared_backward(const float* u, const float* dz, uint32_t n, float* du) {
    const F zero = {};
    uint32_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        const F value = load(u + i);
        store(du + i, load(dz + i) * (value > zero ? value + value : zero));
    }
    for (; i < n; i++) du[i] = dz[i] * (u[i] > 0 ? u[i] + u[i] : 0);
}

float cross_entropy(float* logits, uint32_t V, uint32_t target, float factor) {
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = logits[i] > most ? logits[i] : most;
    const float wanted = logits[target] - most;
    StridedSum sum;
    uint32_t i = 0;
    for (; i + kPanel <= V; i += kPanel)
        for (int v = 0; v < kVectors; v++) {
            float* at = logits + i + v * kLanes;
            const F e = exp_lanes<F, I>(load(at) - most);
            store(at, e);
            sum.add(v, e);
        }
    for (; i < V; i++) {
        logits[i] = exp(logits[i] - most);
        sum.add_one(i % kPanel, logits[i]);
    }
    const float total = sum.total();
    const float inv = factor / total;
    for (i = 0; i + kLanes <= V; i += kLanes) store(logits + i, load(logits + i) * inv);
    for (; i < V; i++) logits[i] *= inv;
    logits[target] -= factor;
    return log(total) - wanted;
}

float sum_squares(const float* x, std::size_t n) {
    StridedSum sum;
    std::size_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) {
            const F value = load(x + i + v * kLanes);
            sum.add(v, value * value);
        }
    for (; i < n; i++) sum.add_one(i % kPanel, x[i] * x[i]);
    return sum.total();
}

// The next two have nothing but independent elements: the compiler vectorises the definition itself.

void adamw(const AdamStep& step, const float* __restrict g, std::size_t n, float* __restrict w,
           float* __restrict m, float* __restrict v) {
    const AdamStep p = step;
    for (std::size_t i = 0; i < n; i++) {
        const float gi = g[i] * p.grad_scale;
        m[i] = p.beta1 * m[i] + (1 - p.beta1) * gi;
        v[i] = p.beta2 * v[i] + (1 - p.beta2) * (gi * gi);
        const float denominator = sqrt(v[i]) * p.inv_sqrt_bias2 + p.eps;
        w[i] = w[i] * p.decay - p.rate * m[i] / denominator;
    }
}

void round_codes(const float* __restrict w, float step, float most, std::size_t n, float* __restrict codes) {
    for (std::size_t i = 0; i < n; i++) codes[i] = round_within(w[i] / step, most);
}

#endif

}  // namespace

#if !defined(ATOME_FUSED)
constexpr TrainKernels make_train_kernels(const char* name) {
    return {name,  false,      gemm, layernorm_backward,    conv_backward, state_backward,
            dot,   scale,      add,  relu_squared_backward, cross_entropy, sum_squares,
            adamw, round_codes};
}
#endif

}  // namespace atome::ATOME_ISA
