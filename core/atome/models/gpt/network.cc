#include "atome/models/gpt/network.h"

#include "atome/kernels/registry.h"

#include <algorithm>

#include "atome/base/math.h"
#include "atome/models/gpt/attention.h"
#include "atome/quant/quantizers.h"

namespace atome {

using Kind = GptTensorKind;

GptActivations::GptActivations(const GptConfig& c, uint32_t positions)
    : T(positions),
      S(padded(c.d_model)),
      Q(padded(3 * c.d_model)),
      FS(padded(c.d_ff)),
      TS(padded(positions)),
      layers(c.n_layers) {
    const std::size_t n = T;
    for (GptLayerActivations& l : layers) {
        for (auto* v : {&l.x, &l.h1, &l.mixed, &l.x2, &l.h2}) v->resize(n * S);
        for (auto* v : {&l.stats1, &l.stats2}) v->resize(2 * n);
        for (auto* v : {&l.up, &l.hidden}) v->resize(n * FS);
        l.qkv.resize(n * Q + kPanel);
        l.attention.resize(c.n_heads * n * TS);
    }
    for (auto* v : {&x, &h, &branch, &dx, &dh}) v->resize(n * S);
    stats.resize(2 * n);
    logits.resize(n * padded(c.vocab_size));
    transposed.resize(static_cast<std::size_t>(c.d_head()) * TS);
    head.resize(static_cast<std::size_t>(kAttentionRows) * padded(c.d_head()));
    scale.assign(TS, 1.0f / sqrt(static_cast<float>(c.d_head())));
    dqkv.resize(n * Q);
    dmixed.resize(n * S + kPanel);
    dattention.resize(n * TS);
    dhidden.resize(n * FS);
}

GptNetwork::GptNetwork(const GptConfig& config, std::vector<uint8_t> vocabulary)
    : TableNetwork(config, std::move(vocabulary)),
      layers_(config.n_layers),
      unembed_(config.vocab_size, config.d_model) {
    const uint32_t D = config.d_model, F = config.d_ff;
    for (Layer& l : layers_) l = {WorkMatrix(3 * D, D), WorkMatrix(D, D), WorkMatrix(F, D), WorkMatrix(D, F)};
}

WorkMatrix* GptNetwork::work_matrix(uint32_t i) {
    const GptTensorSpec spec = tensor_spec(config_, i);
    switch (spec.kind) {
        case Kind::attn_qkv:
            return &layers_[spec.layer].qkv;
        case Kind::attn_out:
            return &layers_[spec.layer].out;
        case Kind::ffn_up:
            return &layers_[spec.layer].up;
        case Kind::ffn_down:
            return &layers_[spec.layer].down;
        case Kind::unembed:
            return &unembed_;
        default:
            return nullptr;
    }
}

void GptNetwork::prepare(const Shadow& weights, const KernelSet& kernels, Executor& executor) {
    const QuantizerRow& quantizer = row_of(config_.quantizer);
    if (quantizer.code) rounded_ = weights;
    weights_ = quantizer.code ? &rounded_ : &weights;
    kernels_ = kernels;
    executor.run(tensor_count(config_), [&](uint32_t i, uint32_t) {
        const GptTensorSpec spec = tensor_spec(config_, i);
        if (quantizer.code && spec.coded)
            round_weights(quantizer, spec.rows, spec.cols, weights[i].data(), rounded_[i].data());
        if (WorkMatrix* m = work_matrix(i)) m->assign((*weights_)[i].data());
    });
}

std::unique_ptr<Workspace> GptNetwork::make_workspace(uint32_t positions) const {
    return std::make_unique<GptActivations>(config_, positions);
}

void GptNetwork::block_forward(uint32_t layer, uint32_t T, GptActivations& a, float* out) const {
    GptLayerActivations& l = a.layers[layer];
    const Layer& w = layers_[layer];
    const TrainKernels& k = *kernels_.train;
    const uint32_t D = config_.d_model, S = a.S;
    const std::size_t size = static_cast<std::size_t>(T) * S;
    norm_forward(*kernels_.infer, T, D, l.x.data(), weight(Kind::norm1_gamma, layer),
                 weight(Kind::norm1_beta, layer), S, l.h1.data(), l.stats1.data());
    linear_forward(k, T, w.qkv, l.h1.data(), S, l.qkv.data(), a.Q);
    attention_forward(config_, kernels_, T, layer, a);
    linear_forward(k, T, w.out, l.mixed.data(), S, a.branch.data(), S);
    std::copy_n(l.x.data(), size, l.x2.data());
    k.add(a.branch.data(), size, l.x2.data());

    norm_forward(*kernels_.infer, T, D, l.x2.data(), weight(Kind::norm2_gamma, layer),
                 weight(Kind::norm2_beta, layer), S, l.h2.data(), l.stats2.data());
    linear_forward(k, T, w.up, l.h2.data(), S, l.up.data(), a.FS);
    kernels_.train->gelu(l.up.data(), static_cast<std::size_t>(T) * a.FS, l.hidden.data());
    linear_forward(k, T, w.down, l.hidden.data(), a.FS, a.branch.data(), S);
    std::copy_n(l.x2.data(), size, out);
    k.add(a.branch.data(), size, out);
}

// a.dx holds the gradient of the block's output and becomes that of its input.
void GptNetwork::block_backward(uint32_t layer, uint32_t T, GptActivations& a, float* buffer) const {
    GptLayerActivations& l = a.layers[layer];
    const Layer& w = layers_[layer];
    const TrainKernels& k = *kernels_.train;
    const uint32_t D = config_.d_model, S = a.S;
    const auto to = [&](Kind kind) { return gradient(buffer, kind, layer); };
    linear_backward(k, T, w.down, l.hidden.data(), a.dx.data(), S, a.dhidden.data(), a.FS, false,
                    to(Kind::ffn_down));
    kernels_.train->gelu_backward(l.up.data(), a.dhidden.data(), static_cast<std::size_t>(T) * a.FS,
                                  a.dhidden.data());
    linear_backward(k, T, w.up, l.h2.data(), a.dhidden.data(), a.FS, a.dh.data(), S, false, to(Kind::ffn_up));
    norm_backward(k, T, D, l.x2.data(), weight(Kind::norm2_gamma, layer), l.stats2.data(), a.dh.data(), S,
                  a.dx.data(), to(Kind::norm2_gamma), to(Kind::norm2_beta));

    linear_backward(k, T, w.out, l.mixed.data(), a.dx.data(), S, a.dmixed.data(), S, false,
                    to(Kind::attn_out));
    attention_backward(config_, kernels_, T, layer, a);
    linear_backward(k, T, w.qkv, l.h1.data(), a.dqkv.data(), a.Q, a.dh.data(), S, false, to(Kind::attn_qkv));
    norm_backward(k, T, D, l.x.data(), weight(Kind::norm1_gamma, layer), l.stats1.data(), a.dh.data(), S,
                  a.dx.data(), to(Kind::norm1_gamma), to(Kind::norm1_beta));
}

void GptNetwork::forward(const uint8_t* tokens, uint32_t T, Workspace& workspace) const {
    auto& a = static_cast<GptActivations&>(workspace);
    const uint32_t D = config_.d_model, S = a.S;
    const float* embed = weight(Kind::tok_embed, 0);
    const float* positions = weight(Kind::pos_embed, 0);
    for (std::size_t t = 0; t < T; t++) {
        float* x = &a.layers[0].x[t * S];
        std::copy_n(embed + static_cast<std::size_t>(tokens[t]) * D, D, x);
        kernels_.train->add(positions + t * D, D, x);
    }
    for (uint32_t l = 0; l < config_.n_layers; l++)
        block_forward(l, T, a, l + 1 < config_.n_layers ? a.layers[l + 1].x.data() : a.x.data());
    norm_forward(*kernels_.infer, T, D, a.x.data(), weight(Kind::final_gamma, 0), weight(Kind::final_beta, 0),
                 S, a.h.data(), a.stats.data());
    linear_forward(*kernels_.train, T, unembed_, a.h.data(), S, a.logits.data(), padded(config_.vocab_size));
}

void GptNetwork::backward(const uint8_t* tokens, uint32_t T, Workspace& workspace, float* buffer) const {
    auto& a = static_cast<GptActivations&>(workspace);
    const uint32_t D = config_.d_model, S = a.S;
    const auto to = [&](Kind kind) { return gradient(buffer, kind, 0); };
    linear_backward(*kernels_.train, T, unembed_, a.h.data(), a.logits.data(), padded(config_.vocab_size),
                    a.dh.data(), S, false, to(Kind::unembed));
    std::fill_n(a.dx.begin(), static_cast<std::size_t>(T) * S, 0.0f);
    norm_backward(*kernels_.train, T, D, a.x.data(), weight(Kind::final_gamma, 0), a.stats.data(),
                  a.dh.data(), S, a.dx.data(), to(Kind::final_gamma), to(Kind::final_beta));
    for (uint32_t l = config_.n_layers; l-- > 0;) block_backward(l, T, a, buffer);
    float* dembed = to(Kind::tok_embed);
    float* dpositions = to(Kind::pos_embed);
    for (std::size_t t = 0; t < T; t++) {
        kernels_.train->add(&a.dx[t * S], D, dembed + static_cast<std::size_t>(tokens[t]) * S);
        kernels_.train->add(&a.dx[t * S], D, dpositions + t * S);
    }
}

Status GptNetwork::write(const Shadow& weights, uint32_t, const std::vector<ExtraTensor>& extra,
                         const Strings& metadata, std::vector<uint8_t>* out) const {
    return write_gpt_safetensors({config_, weights, vocabulary_}, extra, metadata, out);
}

NetworkModel gpt_network(const GptModel& model) {
    return {std::make_unique<GptNetwork>(model.config, model.vocabulary), model.tensors};
}

}  // namespace atome
