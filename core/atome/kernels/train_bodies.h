// The bodies of the training kernels; see vector.h for how they are compiled. scalar_train.cc is the
// definition.
#include "atome/kernels/gelu.h"
#include "atome/kernels/selective.h"
#include "atome/kernels/train_kernels.h"

namespace atome::ATOME_ISA {
namespace {

// How gemm adds a product to a sum: rounded on its own first, or by Fused of the including file. An FMA asked
// for by name, so that no file is compiled with -ffp-contract=fast and nothing but gemm fuses.
struct Exact {
    ATOME_INLINE_MEMBER static F add_product(F sum, F a, F b) { return sum + a * b; }
};

// One tile of C: ROWS rows by VECTORS registers, kept in registers over the whole of K.
template <class Product, int ROWS, int VECTORS>
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
            for (int v = 0; v < VECTORS; v++) sum[i][v] = Product::add_product(sum[i][v], ak, bk[v]);
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
template <class Product, int VECTORS>
ATOME_INLINE void gemm_strip(const Gemm& g, uint32_t n) {
    uint32_t m = 0;
    for (; m + kTileRows <= g.M; m += kTileRows) gemm_tile<Product, kTileRows, VECTORS>(g, m, n);
    for (; m + 4 <= g.M; m += 4) gemm_tile<Product, 4, VECTORS>(g, m, n);
    for (; m < g.M; m++) gemm_tile<Product, 1, VECTORS>(g, m, n);
}

template <class Product>
void gemm(const Gemm& g) {
    constexpr uint32_t wide = kTileVectors * kLanes;
    const uint32_t N = padded(g.N);
    uint32_t n = 0;
    for (; n + wide <= N; n += wide) gemm_strip<Product, kTileVectors>(g, n);
    for (; n < N; n += kPanel) gemm_strip<Product, kVectors>(g, n);
}

void layernorm_backward(const float* x, const float* gamma, const float* stats, const float* dout, uint32_t n,
                        float* dx, float* dgamma, float* dbeta) {
    const float mean = stats[0], inv = stats[1];
    StridedSum sum, sum_x;
    for_panels(n, [&]<class V>(V, uint32_t i, uint32_t lane) {
        const V d = load<V>(dout + i);
        const V normal = (load<V>(x + i) - mean) * inv;
        const V dnormal = d * load<V>(gamma + i);
        sum.add(lane, dnormal);
        sum_x.add(lane, dnormal * normal);
        store(dgamma + i, load<V>(dgamma + i) + d * normal);
        store(dbeta + i, load<V>(dbeta + i) + d);
    });
    const float m1 = sum.total() / static_cast<float>(n);
    const float m2 = sum_x.total() / static_cast<float>(n);
    for_lanes(n, [&]<class V>(V, uint32_t i) {
        const V d = load<V>(dout + i) * load<V>(gamma + i);
        const V normal = (load<V>(x + i) - mean) * inv;
        store(dx + i, load<V>(dx + i) + (d - m1 - normal * m2) * inv);
    });
}

void conv_backward(const float* taps, uint32_t stride, const float* const* rows, const float* dout,
                   uint32_t K, uint32_t D, float* const* drows, float* dtaps) {
    for (uint32_t j = 0; j < K; j++) {
        const float* tap = taps + static_cast<std::size_t>(j) * stride;
        float* dtap = dtaps + static_cast<std::size_t>(j) * stride;
        const float* row = rows[j];
        float* drow = drows[j];
        for_lanes(D, [&]<class V>(V, uint32_t d) {
            const V o = load<V>(dout + d);
            store(drow + d, load<V>(drow + d) + load<V>(tap + d) * o);
            store(dtap + d, load<V>(dtap + d) + load<V>(row + d) * o);
        });
    }
}

void state_backward(const float* a, const float* b, const float* c, const float* h, const float* s_before,
                    const float* s, const float* dy, uint32_t D, float* ds, float* dh, float* da, float* db,
                    float* dc) {
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        const V o = load<V>(dy + d);
        const V total = load<V>(ds + d) + load<V>(c + d) * o;
        store(dc + d, load<V>(dc + d) + o * load<V>(s + d));
        store(da + d, load<V>(da + d) + total * load<V>(s_before + d));
        store(db + d, load<V>(db + d) + total * load<V>(h + d));
        store(dh + d, load<V>(dh + d) + total * load<V>(b + d));
        store(ds + d, total * load<V>(a + d));
    });
}

void selective_state_backward(const float* a, const float* b, const float* c, const float* h,
                              const float* s_before, const float* s, const float* dy, uint32_t D, float* ds,
                              float* dh, float* dz, float* da_raw, float* db, float* dc) {
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        const V o = load<V>(dy + d), decay = load<V>(a + d), input = load<V>(h + d), gain = load<V>(b + d);
        const V total = load<V>(ds + d) + load<V>(c + d) * o;
        const V taken = total * (1.0f - decay);
        const V gate = selective_gate_gradient(decay, gain, input, load<V>(s_before + d), total);
        store(dc + d, load<V>(dc + d) + o * load<V>(s + d));
        store(dz + d, gate);
        store(da_raw + d, load<V>(da_raw + d) + gate);
        store(db + d, load<V>(db + d) + taken * input);
        store(dh + d, load<V>(dh + d) + taken * gain);
        store(ds + d, total * decay);
    });
}

float dot(const float* x, const float* y, uint32_t n) {
    StridedSum sum;
    for_panels(
        n, [&]<class V>(V, uint32_t i, uint32_t lane) { sum.add(lane, load<V>(x + i) * load<V>(y + i)); });
    return sum.total();
}

void scale(float weight, const float* x, uint32_t n, float* out) {
    for_lanes(n, [&]<class V>(V, uint32_t i) { store(out + i, weight * load<V>(x + i)); });
}

void add(const float* y, std::size_t n, float* x) {
    for_lanes(n, [&]<class V>(V, std::size_t i) { store(x + i, load<V>(x + i) + load<V>(y + i)); });
}

void relu_squared_backward(const float* u, const float* dz, uint32_t n, float* du) {
    for_lanes(n, [&]<class V>(V zero, uint32_t i) {
        const V value = load<V>(u + i);
        store(du + i, load<V>(dz + i) * (value > zero ? value + value : zero));
    });
}

float cross_entropy(float* logits, uint32_t V, uint32_t target, float factor) {
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = logits[i] > most ? logits[i] : most;
    const float wanted = logits[target] - most;
    StridedSum sum;
    for_panels(V, [&]<class W>(W, uint32_t i, uint32_t lane) {
        const W e = exp_lanes<W, IntegerOf<W>>(load<W>(logits + i) - most);
        store(logits + i, e);
        sum.add(lane, e);
    });
    const float total = sum.total();
    const float inv = factor / total;
    for_lanes(V, [&]<class W>(W, uint32_t i) { store(logits + i, load<W>(logits + i) * inv); });
    logits[target] -= factor;
    return log(total) - wanted;
}

float entropy(const float* logits, uint32_t V) {
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = logits[i] > most ? logits[i] : most;
    StridedSum sum, weighted;
    for_panels(V, [&]<class W>(W, uint32_t i, uint32_t lane) {
        const W below = load<W>(logits + i) - most;
        const W e = exp_lanes<W, IntegerOf<W>>(below);
        sum.add(lane, e);
        weighted.add(lane, e * below);
    });
    const float total = sum.total();
    return log(total) - weighted.total() / total;
}

float sum_squares(const float* x, std::size_t n) {
    StridedSum sum;
    for_panels(n, [&]<class V>(V, std::size_t i, uint32_t lane) {
        const V value = load<V>(x + i);
        sum.add(lane, value * value);
    });
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

void gelu(const float* u, std::size_t n, float* out) {
    for_lanes(
        n, [&]<class V>(V, std::size_t i) { store(out + i, gelu_lanes<V, IntegerOf<V>>(load<V>(u + i))); });
}

void gelu_backward(const float* u, const float* dz, std::size_t n, float* du) {
    for_lanes(n, [&]<class V>(V, std::size_t i) {
        store(du + i, load<V>(dz + i) * gelu_slope_lanes<V, IntegerOf<V>>(load<V>(u + i)));
    });
}

void softmax_backward(const float* p, uint32_t n, float factor, float* d) {
    const float total = dot(p, d, n);
    for_lanes(
        n, [&]<class V>(V, uint32_t i) { store(d + i, load<V>(p + i) * (load<V>(d + i) - total) * factor); });
}

}  // namespace

template <class Product>
constexpr TrainKernels train_kernels() {
    return {gemm<Product>,
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
            softmax_backward};
}

extern const TrainKernels kTrain, kFusedTrain;

}  // namespace atome::ATOME_ISA
