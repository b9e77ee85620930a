#include "atome/models/routed/parts.h"

#include "atome/base/math.h"
#include "atome/kernels/router.h"
#include "atome/kernels/topk.h"

namespace atome {

namespace {

void copy(const float* from, std::size_t n, float* to) { __builtin_memcpy(to, from, n * sizeof *to); }
void clear(float* x, std::size_t n) { __builtin_memset(x, 0, n * sizeof *x); }

// Output of pathway p of a layer, (T, S).
const float* pathway_output(const LayerActivations& l, Pathway p) {
    return p == Pathway::local ? l.local.data() : p == Pathway::state ? l.state.data() : l.sparse.data();
}

constexpr Pathway kAll[] = {Pathway::local, Pathway::state, Pathway::sparse};

}  // namespace

void linear_forward(const Pass& p, const WorkMatrix& w, const float* x, uint32_t x_stride, float* y,
                    uint32_t y_stride) {
    linear_forward(p.train, p.T, w, x, x_stride, y, y_stride);
}

void linear_backward(const Pass& p, const WorkMatrix& w, const float* x, const float* dy, uint32_t y_stride,
                     float* dx, uint32_t x_stride, bool accumulate, float* dw) {
    linear_backward(p.train, p.T, w, x, dy, y_stride, dx, x_stride, accumulate, dw);
}

void norm_forward(const Pass& p, const float* x, const float* gamma, const float* beta, uint32_t S, float* h,
                  float* stats) {
    norm_forward(p.infer, p.T, p.config.d_model, x, gamma, beta, S, h, stats);
}

void norm_backward(const Pass& p, const float* x, const float* gamma, const float* stats, const float* dh,
                   uint32_t S, float* dx, float* dgamma, float* dbeta) {
    norm_backward(p.train, p.T, p.config.d_model, x, gamma, stats, dh, S, dx, dgamma, dbeta);
}

void local_forward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const WorkLayer& w = p.weights.layer(layer);
    const uint32_t K = p.config.kernel_size, D = p.config.d_model, S = a.S;
    for (std::size_t t = 0; t < p.T; t++) {
        for (uint32_t j = 0; j < K; j++) a.rows[j] = t >= j ? &l.h[(t - j) * S] : a.zero.data();
        p.infer.conv(w.taps.data(), S, w.tap_scale, a.rows.data(), K, D, &l.local[t * S]);
    }
}

void local_backward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const WorkLayer& w = p.weights.layer(layer);
    const uint32_t K = p.config.kernel_size, D = p.config.d_model, S = a.S;
    float* dtaps = p.gradient(TensorKind::conv, layer);
    for (std::size_t t = 0; t < p.T; t++) {
        for (uint32_t j = 0; j < K; j++) {
            a.rows[j] = t >= j ? &l.h[(t - j) * S] : a.zero.data();
            a.drows[j] = t >= j ? &a.dh[(t - j) * S] : a.sink.data();
        }
        p.train.conv_backward(w.tap_values.data(), S, a.rows.data(), &a.dout[t * S], K, D, a.drows.data(),
                              dtaps);
    }
}

void state_forward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const uint32_t D = p.config.d_model, S = a.S;
    const float* b = p.vector(TensorKind::state_b, layer);
    const float* c = p.vector(TensorKind::state_c_out, layer);
    const float* a_raw = p.vector(TensorKind::state_a_raw, layer);
    const uint32_t decay = ProjectionRows(p.config).decay;
    for (std::size_t t = 0; t < p.T; t++) {
        float* s = &l.states[(t + 1) * S];
        copy(s - S, D, s);
        if (p.config.selective())
            p.infer.selective_state(a_raw, b, c, &l.h[t * S], D, &l.projected[t * a.PR + decay], s,
                                    &l.state[t * S]);
        else
            p.infer.state(p.weights.layer(layer).decay.data(), b, c, &l.h[t * S], D, s, &l.state[t * S]);
    }
}

void state_backward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const uint32_t D = p.config.d_model, S = a.S;
    const float* decay = p.weights.layer(layer).decay.data();
    const float* b = p.vector(TensorKind::state_b, layer);
    const float* c = p.vector(TensorKind::state_c_out, layer);
    clear(a.ds.data(), D);
    float* da_raw = p.gradient(TensorKind::state_a_raw, layer);
    float* db = p.gradient(TensorKind::state_b, layer);
    float* dc = p.gradient(TensorKind::state_c_out, layer);
    if (p.config.selective()) {
        const uint32_t at = ProjectionRows(p.config).decay;
        for (std::size_t t = p.T; t-- > 0;)
            p.train.selective_state_backward(&l.projected[t * a.PR + at], b, c, &l.h[t * S], &l.states[t * S],
                                             &l.states[(t + 1) * S], &a.dout[t * S], D, a.ds.data(),
                                             &a.dh[t * S], &a.dprojected[t * a.PR + at], da_raw, db, dc);
        return;
    }
    float* ddecay = a.sink.data();
    clear(ddecay, D);
    for (std::size_t t = p.T; t-- > 0;)
        p.train.state_backward(decay, b, c, &l.h[t * S], &l.states[t * S], &l.states[(t + 1) * S],
                               &a.dout[t * S], D, a.ds.data(), &a.dh[t * S], ddecay, db, dc);
    // Through decay = tanh(a_raw).
    for (uint32_t d = 0; d < D; d++) da_raw[d] += ddecay[d] * (1 - decay[d] * decay[d]);
}

void sparse_forward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const ProjectionRows at(p.config);
    const uint32_t D = p.config.d_model, H = p.config.d_head, k = p.config.top_k, S = a.S;
    const uint32_t stride = padded(a.T);
    for (std::size_t t = 0; t < p.T; t++)
        for (uint32_t i = 0; i < H; i++) a.keys_t[i * stride + t] = l.projected[t * a.PR + at.k + i];
    const float scale = 1.0f / sqrt(static_cast<float>(H));
    for (uint32_t t = 0; t < p.T; t++) {
        const float* q = &l.projected[static_cast<std::size_t>(t) * a.PR + at.q];
        float* kept = &l.kept[static_cast<std::size_t>(t) * k];
        uint32_t* slots = &l.slots[static_cast<std::size_t>(t) * k];
        p.infer.scores(a.keys_t.data(), stride, q, H, t + 1, scale, a.scores.data());
        TopK<float> top(k, kept, slots);
        top.offer_run(p.infer, a.scores.data(), t + 1, 0);
        small_softmax(kept, top.count());
        for (uint32_t i = 0; i < top.count(); i++)
            a.rows[i] = &l.projected[static_cast<std::size_t>(slots[i]) * a.PR + at.v];
        p.infer.weighted_sum(kept, a.rows.data(), top.count(), D, &l.sparse[static_cast<std::size_t>(t) * S]);
    }
}

void sparse_backward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const ProjectionRows at(p.config);
    const uint32_t D = p.config.d_model, H = p.config.d_head, k = p.config.top_k, S = a.S;
    const float scale = 1.0f / sqrt(static_cast<float>(H));
    for (std::size_t t = 0; t < p.T; t++) {
        const uint32_t count = t + 1 < k ? static_cast<uint32_t>(t) + 1 : k;
        const float* dout = &a.dout[t * S];
        const float* weights = &l.kept[t * k];
        const uint32_t* slots = &l.slots[t * k];
        float sum = 0;  // of weight times its gradient: what softmax subtracts
        for (uint32_t i = 0; i < count; i++) {
            const std::size_t row = static_cast<std::size_t>(slots[i]) * a.PR;
            a.dkept[i] = p.train.dot(dout, &l.projected[row + at.v], D);
            sum += weights[i] * a.dkept[i];
            p.infer.axpy(weights[i], dout, D, &a.dprojected[row + at.v]);
        }
        for (uint32_t i = 0; i < count; i++) {
            const std::size_t row = static_cast<std::size_t>(slots[i]) * a.PR;
            const float dscore = weights[i] * (a.dkept[i] - sum) * scale;
            p.infer.axpy(dscore, &l.projected[row + at.k], H, &a.dprojected[t * a.PR + at.q]);
            p.infer.axpy(dscore, &l.projected[t * a.PR + at.q], H, &a.dprojected[row + at.k]);
        }
    }
}

void mix_forward(const Pass& p, uint32_t layer, Activations& a, float* out) {
    LayerActivations& l = a.layers[layer];
    const uint32_t P = p.config.active_pathways(), router = ProjectionRows(p.config).router, S = a.S;
    if (out != l.x.data()) copy(l.x.data(), static_cast<std::size_t>(p.T) * S, out);
    for (std::size_t t = 0; t < p.T; t++) {
        float* r = &l.router[t * P];
        copy(&l.projected[t * a.PR + router], P, r);
        small_softmax(r, P);
        uint32_t i = 0;
        for (const Pathway pathway : kAll)
            if (p.config.enabled(pathway))
                p.infer.axpy(r[i++], pathway_output(l, pathway) + t * S, p.config.d_model, out + t * S);
    }
}

void entropy_backward(const Pass& p, uint32_t layer, Activations& a) {
    const LayerActivations& l = a.layers[layer];
    const uint32_t P = p.config.active_pathways(), router = ProjectionRows(p.config).router;
    const float to_share = 1.0f / log(static_cast<float>(P));
    for (std::size_t t = 0; t < p.T; t++) {
        float* d = &a.dprojected[t * a.PR + router];
        const float* r = &l.router[t * P];
        const float entropy = router_entropy(r, P);
        const float slope = 2 * a.router.weight * (entropy * to_share - a.router.targets[t]) * to_share;
        // Entropy falls by r (ln r + entropy) where the logit of a weight r rises.
        for (uint32_t i = 0; i < P; i++)
            d[i] -= slope * (r[i] * (log(r[i] > kLeastWeight ? r[i] : kLeastWeight) + entropy));
    }
}

void mix_backward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const uint32_t P = p.config.active_pathways(), router = ProjectionRows(p.config).router, S = a.S;
    const uint32_t D = p.config.d_model;
    uint32_t i = 0;
    for (const Pathway pathway : kAll) {
        if (!p.config.enabled(pathway)) continue;
        const float* out = pathway_output(l, pathway);
        for (std::size_t t = 0; t < p.T; t++) {
            a.dprojected[t * a.PR + router + i] = p.train.dot(&a.dx[t * S], out + t * S, D);
            p.train.scale(l.router[t * P + i], &a.dx[t * S], D, &a.dout[t * S]);
        }
        if (pathway == Pathway::local) local_backward(p, layer, a);
        if (pathway == Pathway::state) state_backward(p, layer, a);
        if (pathway == Pathway::sparse) sparse_backward(p, layer, a);
        i++;
    }
    // Through the softmax over pathways.
    for (std::size_t t = 0; t < p.T; t++) {
        float* d = &a.dprojected[t * a.PR + router];
        const float* r = &l.router[t * P];
        float sum = 0;
        for (i = 0; i < P; i++) sum += r[i] * d[i];
        for (i = 0; i < P; i++) d[i] = r[i] * (d[i] - sum);
    }
}

void feed_forward_forward(const Pass& p, uint32_t layer, Activations& a, float* out) {
    LayerActivations& l = a.layers[layer];
    const WorkLayer& w = p.weights.layer(layer);
    const uint32_t S = a.S, F = p.config.d_ff, FS = padded(F);
    norm_forward(p, l.x2.data(), p.vector(TensorKind::norm2_gamma, layer),
                 p.vector(TensorKind::norm2_beta, layer), S, l.h2.data(), l.stats2.data());
    linear_forward(p, w.up, l.h2.data(), S, l.up.data(), FS);
    copy(l.up.data(), static_cast<std::size_t>(p.T) * FS, l.hidden.data());
    for (std::size_t t = 0; t < p.T; t++) p.infer.relu_squared(&l.hidden[t * FS], F);
    linear_forward(p, w.down, l.hidden.data(), FS, a.dout.data(), S);
    copy(l.x2.data(), static_cast<std::size_t>(p.T) * S, out);
    for (std::size_t t = 0; t < p.T; t++) p.infer.axpy(1.0f, &a.dout[t * S], p.config.d_model, out + t * S);
}

void feed_forward_backward(const Pass& p, uint32_t layer, Activations& a) {
    LayerActivations& l = a.layers[layer];
    const WorkLayer& w = p.weights.layer(layer);
    const uint32_t S = a.S, F = p.config.d_ff, FS = padded(F);
    linear_backward(p, w.down, l.hidden.data(), a.dx.data(), S, a.dhidden.data(), FS, false,
                    p.gradient(TensorKind::ffn_down, layer));
    for (std::size_t t = 0; t < p.T; t++)
        p.train.relu_squared_backward(&l.up[t * FS], &a.dhidden[t * FS], F, &a.dhidden[t * FS]);
    linear_backward(p, w.up, l.h2.data(), a.dhidden.data(), FS, a.dh.data(), S, false,
                    p.gradient(TensorKind::ffn_up, layer));
    norm_backward(p, l.x2.data(), p.vector(TensorKind::norm2_gamma, layer), l.stats2.data(), a.dh.data(), S,
                  a.dx.data(), p.gradient(TensorKind::norm2_gamma, layer),
                  p.gradient(TensorKind::norm2_beta, layer));
}

}  // namespace atome
