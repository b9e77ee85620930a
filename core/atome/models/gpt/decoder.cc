#include "atome/models/gpt/decoder.h"

#include <algorithm>

#include "atome/base/math.h"

namespace atome {

using Kind = GptTensorKind;

GptDecoder::GptDecoder(const GptNetwork& network, uint32_t streams)
    : network_(network),
      config_(network.config()),
      kernels_(network.kernels()),
      capacity_(streams),
      S_(padded(config_.d_model)),
      Q_(padded(3 * config_.d_model)),
      FS_(padded(config_.d_ff)),
      TS_(padded(config_.max_seq)),
      B_(streams) {
    const std::size_t n = streams, D = config_.d_model, caches = n * config_.n_layers;
    keys_.resize(caches * D * TS_);
    values_.resize(caches * config_.max_seq * D + kPanel);
    for (auto* v : {&x_, &h_, &branch_}) v->resize(n * S_);
    qkv_.resize(n * Q_);
    weights_.resize(TS_);
    mixed_.resize(n * S_ + kPanel);
    hidden_.resize(n * FS_);
    logits_.resize(n * padded(config_.vocab_size));
}

uint64_t GptDecoder::bytes(const GptConfig& c, uint32_t streams) {
    const uint64_t D = c.d_model, T = c.max_seq;
    const uint64_t cache = c.n_layers * D * (padded(c.max_seq) + T);
    const uint64_t rows = 4 * padded(c.d_model) + padded(3 * c.d_model) + padded(c.d_ff);
    return 4 * streams * (cache + rows + padded(c.vocab_size));
}

void GptDecoder::restart(uint32_t streams) {
    B_ = streams;
    position_ = 0;
}

float* GptDecoder::keys(uint32_t layer, uint32_t stream) {
    return &keys_[(static_cast<std::size_t>(layer) * capacity_ + stream) * config_.d_model * TS_];
}

float* GptDecoder::values(uint32_t layer, uint32_t stream) {
    const std::size_t size = static_cast<std::size_t>(config_.max_seq) * config_.d_model;
    return &values_[(static_cast<std::size_t>(layer) * capacity_ + stream) * size];
}

void GptDecoder::feed(const uint8_t* tokens) { read(tokens, false); }

float* GptDecoder::step(const uint8_t* tokens) {
    read(tokens, true);
    return logits_.data();
}

// h = layernorm(x).
void GptDecoder::normalise(Kind gamma, Kind beta, uint32_t layer) {
    for (std::size_t b = 0; b < B_; b++)
        kernels_.infer->layernorm(&x_[b * S_], network_.weight(gamma, layer), network_.weight(beta, layer),
                                  config_.d_model, &h_[b * S_], nullptr);
}

// x += w hidden, hidden (B, stride).
void GptDecoder::add_branch(const WorkMatrix& w, const float* hidden, uint32_t stride) {
    linear_forward(*kernels_.train, B_, w, hidden, stride, branch_.data(), S_);
    kernels_.train->add(branch_.data(), static_cast<std::size_t>(B_) * S_, x_.data());
}

void GptDecoder::store_keys_and_values(uint32_t layer) {
    const std::size_t D = config_.d_model;
    for (uint32_t b = 0; b < B_; b++) {
        const float* k = &qkv_[static_cast<std::size_t>(b) * Q_ + D];
        float* to = keys(layer, b) + position_;
        for (std::size_t i = 0; i < D; i++) to[i * TS_] = k[i];
        std::copy_n(k + D, D, values(layer, b) + position_ * D);
    }
}

// mixed = what the heads give, from the queries in qkv and the caches up to position_.
void GptDecoder::attend(uint32_t layer) {
    const uint32_t D = config_.d_model, H = config_.d_head(), T = position_ + 1;
    const float scale = 1.0f / sqrt(static_cast<float>(H));
    for (uint32_t b = 0; b < B_; b++)
        for (uint32_t head = 0; head < config_.n_heads; head++) {
            const std::size_t first = static_cast<std::size_t>(head) * H;
            kernels_.infer->scores(keys(layer, b) + first * TS_, TS_,
                                   &qkv_[static_cast<std::size_t>(b) * Q_ + first], H, T, scale,
                                   weights_.data());
            kernels_.infer->softmax(weights_.data(), T);
            // Columns past the head's are written, too: the next head comes after and puts them right.
            kernels_.train->gemm({.M = 1,
                                  .N = H,
                                  .K = T,
                                  .A = weights_.data(),
                                  .a_row = TS_,
                                  .a_col = 1,
                                  .B = values(layer, b) + first,
                                  .b_row = D,
                                  .C = &mixed_[static_cast<std::size_t>(b) * S_ + first],
                                  .c_row = S_,
                                  .accumulate = false,
                                  .column_scale = nullptr});
        }
}

void GptDecoder::read(const uint8_t* tokens, bool logits_wanted) {
    const TrainKernels& k = *kernels_.train;
    const std::size_t D = config_.d_model;
    const float* embed = network_.weight(Kind::tok_embed, 0);
    const float* place = network_.weight(Kind::pos_embed, 0) + position_ * D;
    for (std::size_t b = 0; b < B_; b++) {
        std::copy_n(embed + tokens[b] * D, D, &x_[b * S_]);
        k.add(place, D, &x_[b * S_]);
    }
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        const GptNetwork::Layer& w = network_.layer(l);
        normalise(Kind::norm1_gamma, Kind::norm1_beta, l);
        linear_forward(k, B_, w.qkv, h_.data(), S_, qkv_.data(), Q_);
        store_keys_and_values(l);
        // Later tokens see no more of the last block than its keys and values.
        if (!logits_wanted && l + 1 == config_.n_layers) break;
        attend(l);
        add_branch(w.out, mixed_.data(), S_);
        normalise(Kind::norm2_gamma, Kind::norm2_beta, l);
        linear_forward(k, B_, w.up, h_.data(), S_, hidden_.data(), FS_);
        kernels_.train->gelu(hidden_.data(), static_cast<std::size_t>(B_) * FS_, hidden_.data());
        add_branch(w.down, hidden_.data(), FS_);
    }
    position_++;
    if (!logits_wanted) return;
    normalise(Kind::final_gamma, Kind::final_beta, 0);
    linear_forward(k, B_, network_.unembed(), h_.data(), S_, logits_.data(), padded(config_.vocab_size));
}

}  // namespace atome
