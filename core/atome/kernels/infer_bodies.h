// The bodies of the inference kernels, written once with vector extensions; see vector.h for how they are
// compiled. scalar.cc is the definition.
#include "atome/kernels/selective.h"

namespace atome::ATOME_ISA {
namespace {

// A panel's column as floats: an instruction set that widens a whole one better has its own.
template <class Weight>
ATOME_INLINE void load_column(const Weight* w, F* out) {
    for (int v = 0; v < kVectors; v++) out[v] = load(w + v * kLanes);
}

// GROUP panels at once: their accumulators hide each other's latency.
template <int GROUP, class Weight>
ATOME_INLINE void matvec_panels(const Weight* weights, const float* scales, uint32_t cols, const float* x,
                                float* y) {
    F sum[GROUP][kVectors] = {};
    for (uint32_t c = 0; c < cols; c++) {
        const F xc = splat(x[c]);
#pragma GCC unroll 8
        for (int g = 0; g < GROUP; g++) {
            F w[kVectors];
            load_column(weights + (static_cast<std::size_t>(g) * cols + c) * kPanel, w);
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) sum[g][v] += w[v] * xc;
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
    StridedSum sum, squares;
    for_panels(n, [&]<class V>(V, uint32_t i, uint32_t lane) { sum.add(lane, load<V>(x + i)); });
    const float mean = sum.total() / static_cast<float>(n);
    for_panels(n, [&]<class V>(V, uint32_t i, uint32_t lane) {
        const V d = load<V>(x + i) - mean;
        squares.add(lane, d * d);
    });
    const float inv = 1.0f / sqrt(squares.total() / static_cast<float>(n) + 1e-5f);
    for_lanes(n, [&]<class V>(V, uint32_t i) {
        store(out + i, (load<V>(x + i) - mean) * inv * load<V>(gamma + i) + load<V>(beta + i));
    });
    if (stats) {
        stats[0] = mean;
        stats[1] = inv;
    }
}

void conv(const float* taps, uint32_t stride, float scale, const float* const* rows, uint32_t K, uint32_t D,
          float* out) {
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        V sum = {};
        for (uint32_t j = 0; j < K; j++) sum += load<V>(taps + j * stride + d) * load<V>(rows[j] + d);
        store(out + d, sum * scale);
    });
}

void state(const float* a, const float* b, const float* c, const float* h, uint32_t D, float* s, float* y) {
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        const V next = load<V>(a + d) * load<V>(s + d) + load<V>(b + d) * load<V>(h + d);
        store(s + d, next);
        store(y + d, load<V>(c + d) * next);
    });
}

void selective_state(const float* a_raw, const float* b, const float* c, const float* h, uint32_t D, float* a,
                     float* s, float* y) {
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        const V z = load<V>(a + d) + load<V>(a_raw + d);
        const V decay = selective_decay(tanh_lanes<V, IntegerOf<V>>(z));
        const V next = selective_step(decay, load<V>(b + d), load<V>(h + d), load<V>(s + d));
        store(a + d, decay);
        store(s + d, next);
        store(y + d, load<V>(c + d) * next);
    });
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
    for_lanes(D, [&]<class V>(V, uint32_t d) {
        V sum = {};
        for (uint32_t i = 0; i < count; i++) sum += weights[i] * load<V>(rows[i] + d);
        store(out + d, sum);
    });
}

void axpy(float weight, const float* y, uint32_t D, float* x) {
    for_lanes(D, [&]<class V>(V, uint32_t d) { store(x + d, load<V>(x + d) + weight * load<V>(y + d)); });
}

void relu_squared(float* u, uint32_t n) {
    for_lanes(n, [&]<class V>(V zero, uint32_t i) {
        const V value = load<V>(u + i);
        store(u + i, value > zero ? value * value : zero);
    });
}

// The tail has a loop of its own: what ends early is not a loop over every lane.
uint32_t first_above(const float* x, uint32_t n, float threshold) {
    uint32_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        if (const uint32_t mask = above_mask(load(x + i), splat(threshold))) return i + __builtin_ctz(mask);
    while (i < n && !(x[i] > threshold)) i++;
    return i;
}

void softmax(float* x, uint32_t n) {
    float most = x[0];
    for (uint32_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    StridedSum sum;
    for_panels(n, [&]<class V>(V, uint32_t i, uint32_t lane) {
        const V e = exp_lanes<V, IntegerOf<V>>(load<V>(x + i) - most);
        store(x + i, e);
        sum.add(lane, e);
    });
    const float inv = 1.0f / sum.total();
    for_lanes(n, [&]<class V>(V, uint32_t i) { store(x + i, load<V>(x + i) * inv); });
}

}  // namespace

constexpr Kernels infer_kernels(const char* name) {
    return {name,   kLanes,       matvec<int8_t>, matvec<float>, layernorm,   conv,   state, selective_state,
            scores, weighted_sum, axpy,           relu_squared,  first_above, softmax};
}

extern const Kernels kInfer;

}  // namespace atome::ATOME_ISA
