#include "atome/models/routed/network.h"

namespace atome {

namespace {

void forward_pass(const Pass& p, const uint8_t* tokens, Activations& a) {
    const Config& c = p.config;
    const uint32_t D = c.d_model, S = a.S;
    const WorkMatrix& embed = p.weights.embed();
    for (std::size_t t = 0; t < p.T; t++)
        __builtin_memcpy(&a.layers[0].x[t * S],
                         &embed.values[static_cast<std::size_t>(tokens[t]) * embed.row_stride],
                         D * sizeof(float));
    for (uint32_t l = 0; l < c.n_layers; l++) {
        LayerActivations& layer = a.layers[l];
        norm_forward(p, layer.x.data(), p.vector(TensorKind::norm_gamma, l),
                     p.vector(TensorKind::norm_beta, l), S, layer.h.data(), layer.stats.data());
        linear_forward(p, p.weights.layer(l).projections, layer.h.data(), S, layer.projected.data(), a.PR);
        if (c.enabled(Pathway::local)) local_forward(p, l, a);
        if (c.enabled(Pathway::state)) state_forward(p, l, a);
        if (c.enabled(Pathway::sparse)) sparse_forward(p, l, a);
        float* out = l + 1 < c.n_layers ? a.layers[l + 1].x.data() : a.x.data();
        mix_forward(p, l, a, c.d_ff > 0 ? layer.x2.data() : out);
        if (c.d_ff > 0) feed_forward_forward(p, l, a, out);
    }
    norm_forward(p, a.x.data(), p.vector(TensorKind::final_gamma, 0), p.vector(TensorKind::final_beta, 0), S,
                 a.h.data(), a.stats.data());
    linear_forward(p, p.weights.unembed(), a.h.data(), S, a.logits.data(), padded(c.vocab_size));
}

void backward_pass(const Pass& p, const uint8_t* tokens, Activations& a) {
    const Config& c = p.config;
    const uint32_t S = a.S;
    linear_backward(p, p.weights.unembed(), a.h.data(), a.logits.data(), padded(c.vocab_size), a.dh.data(), S,
                    false, p.gradient(TensorKind::unembed, 0));
    __builtin_memset(a.dx.data(), 0, p.T * static_cast<std::size_t>(S) * sizeof(float));
    norm_backward(p, a.x.data(), p.vector(TensorKind::final_gamma, 0), a.stats.data(), a.dh.data(), S,
                  a.dx.data(), p.gradient(TensorKind::final_gamma, 0), p.gradient(TensorKind::final_beta, 0));
    for (uint32_t l = c.n_layers; l-- > 0;) {
        LayerActivations& layer = a.layers[l];
        if (c.d_ff > 0) feed_forward_backward(p, l, a);
        __builtin_memset(a.dh.data(), 0, p.T * static_cast<std::size_t>(S) * sizeof(float));
        __builtin_memset(a.dprojected.data(), 0, p.T * static_cast<std::size_t>(a.PR) * sizeof(float));
        mix_backward(p, l, a);
        if (l + 1 == c.n_layers && a.router.weight > 0) entropy_backward(p, l, a);
        // The stacked projections begin with Wq, or with the router where attention is off.
        const TensorKind first = c.enabled(Pathway::sparse) ? TensorKind::wq : TensorKind::router;
        linear_backward(p, p.weights.layer(l).projections, layer.h.data(), a.dprojected.data(), a.PR,
                        a.dh.data(), S, true, p.gradient(first, l));
        norm_backward(p, layer.x.data(), p.vector(TensorKind::norm_gamma, l), layer.stats.data(), a.dh.data(),
                      S, a.dx.data(), p.gradient(TensorKind::norm_gamma, l),
                      p.gradient(TensorKind::norm_beta, l));
    }
    float* dembed = p.gradient(TensorKind::embed, 0);
    const uint32_t stride = p.weights.embed().row_stride;
    for (std::size_t t = 0; t < p.T; t++)
        p.train.add(&a.dx[t * S], c.d_model, dembed + static_cast<std::size_t>(tokens[t]) * stride);
}

}  // namespace

void RoutedNetwork::prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) {
    weights_ = &weights;
    kernels_ = kernels;
    work_.prepare(weights, *kernels.train, executor);
}

std::unique_ptr<Workspace> RoutedNetwork::make_workspace(uint32_t positions) const {
    return std::make_unique<Activations>(config_, positions);
}

Pass RoutedNetwork::pass(uint32_t T, float* gradients) const {
    return {config_, *kernels_.infer, *kernels_.train, work_, layout_, gradients, T};
}

void RoutedNetwork::forward(const uint8_t* tokens, uint32_t T, Workspace& w) const {
    forward_pass(pass(T, nullptr), tokens, static_cast<Activations&>(w));
}

void RoutedNetwork::backward(const uint8_t* tokens, uint32_t T, Workspace& w, float* buffer) const {
    backward_pass(pass(T, buffer), tokens, static_cast<Activations&>(w));
}

void RoutedNetwork::copy_gradient(const float* buffer, uint32_t i, float* out) const {
    const TensorSpec spec = tensor_spec(config_, i);
    const bool of_gains = spec.row->role == TensorRole::gain;
    const TensorKind kind = of_gains ? matrix_of(spec.kind) : spec.kind;
    if (!of_gains) TableNetwork::copy_gradient(buffer, i, out);
    if (!has_gains(config_, kind)) return;
    const TensorSpec matrix = spec_of(config_, kind, spec.layer);
    const float* gains = work_.vector(gains_of(kind), spec.layer);
    const float* d = buffer + layout_.places[tensor_index(config_, kind, spec.layer)].offset;
    uint32_t first = 0;
    const WorkMatrix& w = *work_.matrix_of(kind, spec.layer, &first);
    for (std::size_t r = 0; r < matrix.rows; r++) {
        if (of_gains)  // scale * code is the row's value over its gain, which is never 0
            out[r] =
                kernels_.train->dot(d + r * w.row_stride, &w.values[(first + r) * w.row_stride], w.cols) /
                gains[r];
        else
            kernels_.train->scale(gains[r], out + r * w.cols, w.cols, out + r * w.cols);
    }
}

Status RoutedNetwork::write(const Shadow& weights, uint32_t seq, const std::vector<ExtraTensor>& extra,
                            const Strings& metadata, std::vector<uint8_t>* out) const {
    return write_safetensors({config_, seq, weights, vocabulary_}, extra, metadata, out);
}

NetworkModel routed_network(const FloatModel& model) {
    return {std::make_unique<RoutedNetwork>(model.config, model.vocabulary), model.tensors};
}

}  // namespace atome
