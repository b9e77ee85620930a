#include "atome/train/trainer.h"

#include "atome/kernels/registry.h"

#include <algorithm>

#include "atome/base/bytes.h"
#include "atome/base/digest.h"
#include "atome/base/math.h"
#include "atome/model/config.h"
#include "atome/nn/loss.h"
#include "atome/tokens/chunks.h"

namespace atome {

namespace {

// Elementwise work is handed out in pieces of this many floats, which fit a first-level cache.
constexpr std::size_t kPiece = 4096;

Status check_tokens(const uint8_t* tokens, std::size_t n, uint32_t V) {
    if (V == 256) return {};
    for (std::size_t i = 0; i < n; i++)
        if (tokens[i] >= V)
            return Status::error(Code::bad_argument, "byte ", i, " of the text is ", tokens[i],
                                 ": this model's vocabulary is 0..", V - 1);
    return {};
}

}  // namespace

Trainer::Trainer(NetworkModel model, uint32_t max_positions, KernelSet kernels, Executor& executor)
    : network_(std::move(model.network)),
      max_positions_(max_positions),
      kernels_(kernels),
      executor_(executor),
      shadow_(std::move(model.weights)),
      optimizer_(network_->parameters(), executor.workers()),
      workspaces_(executor.workers()) {
    const std::vector<Parameter>& parameters = network_->parameters();
    gradients_.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); i++) {
        const Parameter& p = parameters[i];
        shadow_[i].resize(p.size());  // inactive parameters may be absent from a model
        if (p.active) gradients_[i].resize(p.size());
    }
}

uint64_t Trainer::weights_digest() const {
    Digest d;
    for (const auto& w : shadow_) d.add(w.data(), w.size());
    return d.value();
}

Workspace& Trainer::workspace(uint32_t worker) {
    auto& w = workspaces_[worker];
    if (!w) w = network_->make_workspace(max_positions_);
    return *w;
}

void Trainer::prepare_weights() {
    if (!prepared_) network_->prepare(shadow_, kernels_, executor_);
    prepared_ = true;
}

Status Trainer::forward_backward(const uint8_t* tokens, uint32_t B, uint32_t T,
                                 const Distillation* distillation, float router_calibration, double* loss) {
    if (T < 1 || T > max_positions_ || B < 1)
        return Status::error(Code::bad_argument, "a batch of ", B, " x ", T, ": use at least 1 x 1, at most ",
                             max_positions_, " positions");
    const std::size_t row = static_cast<std::size_t>(T) + 1;
    ATOME_TRY(check_tokens(tokens, B * row, network_->vocab_size()));
    prepare_weights();
    const uint32_t shards = std::min(B, kShards);
    while (shard_gradients_.size() < shards) shard_gradients_.emplace_back(network_->gradient_size());
    double losses[kShards] = {};
    const float scale = 1.0f / (static_cast<float>(B) * static_cast<float>(T));
    executor_.run(shards, [&](uint32_t shard, uint32_t worker) {
        std::vector<float>& g = shard_gradients_[shard];
        std::fill(g.begin(), g.end(), 0.0f);
        Workspace& w = workspace(worker);
        for (std::size_t b = B * static_cast<std::size_t>(shard) / shards;
             b < B * static_cast<std::size_t>(shard + 1) / shards; b++) {
            const uint8_t* sequence = tokens + b * row;
            network_->forward(sequence, T, w);
            w.router.weight = calibrates() ? router_calibration * scale : 0;
            if (w.router.weight > 0) {
                w.router.targets.resize(T);
                uncertainty(*kernels_.train, network_->vocab_size(), w.logits.data(), T,
                            w.router.targets.data());
            }
            losses[shard] += distillation ? distillation_loss(*kernels_.train, network_->vocab_size(),
                                                              sequence + 1, T, scale, *distillation,
                                                              distillation->places[b], w.logits.data())
                                          : hard_loss(*kernels_.train, network_->vocab_size(), sequence + 1,
                                                      T, scale, w.logits.data());
            network_->backward(sequence, T, w, g.data());
        }
    });
    double sum = 0;
    for (uint32_t s = 0; s < shards; s++) sum += losses[s];
    *loss = sum / (static_cast<double>(B) * T);
    sum_shards(shards);
    return {};
}

void Trainer::sum_shards(uint32_t shards) {
    const std::size_t size = network_->gradient_size();
    const uint32_t pieces = static_cast<uint32_t>((size + kPiece - 1) / kPiece);
    executor_.run(pieces, [&](uint32_t piece, uint32_t) {
        const std::size_t first = piece * kPiece, n = std::min(kPiece, size - first);
        for (uint32_t step = 1; step < shards; step *= 2)
            for (uint32_t s = 0; s + step < shards; s += 2 * step)
                kernels_.train->add(&shard_gradients_[s + step][first], n, &shard_gradients_[s][first]);
    });
    executor_.run(static_cast<uint32_t>(gradients_.size()), [&](uint32_t i, uint32_t) {
        if (!gradients_[i].empty())
            network_->copy_gradient(shard_gradients_[0].data(), i, gradients_[i].data());
    });
}

float Trainer::gradient_norm() const {
    double sum = 0;
    for (const auto& g : gradients_)
        for (std::size_t first = 0; first < g.size(); first += kPiece)
            sum += static_cast<double>(
                kernels_.train->sum_squares(&g[first], std::min(kPiece, g.size() - first)));
    return sqrt(static_cast<float>(sum));
}

Status Trainer::gradients(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss, Shadow* gradients,
                          const Distillation* distillation, float router_calibration) {
    ATOME_TRY(forward_backward(tokens, B, T, distillation, router_calibration, loss));
    *gradients = gradients_;
    return {};
}

Status Trainer::step(const TrainOptions& o, float lr, const uint8_t* tokens, uint32_t B, uint32_t T,
                     StepResult* result, const Distillation* distillation) {
    ATOME_TRY(forward_backward(tokens, B, T, distillation, o.router_calibration, &result->loss));
    result->grad_norm = gradient_norm();
    if (!is_finite(static_cast<float>(result->loss)) || !is_finite(result->grad_norm))
        return Status::error(Code::not_finite, "the loss is no longer finite after ",
                             optimizer_.state().steps, " steps: use a smaller learning rate");
    const float grad_scale = o.clip > 0 && result->grad_norm > o.clip ? o.clip / result->grad_norm : 1.0f;
    optimizer_.step(o, lr, grad_scale, kernels_, executor_, gradients_, &shadow_);
    prepared_ = false;
    return {};
}

Status Trainer::check_positions(const Chunks& chunks, uint32_t bytes) const {
    for (std::size_t i = 0; i < chunks.size(); i++)
        if (const uint32_t T = chunks.at(i).size - 1; T > max_positions_)
            return Status::error(Code::bad_argument, "the ", bytes, " bytes from byte ", i * bytes,
                                 " on take ", T, " positions: this model takes ", max_positions_,
                                 ", use shorter chunks");
    return {};
}

Status Trainer::evaluate(const uint8_t* text, std::size_t n, uint32_t seq, Evaluation* result) {
    if (seq < 2 || (network_->vocabulary().empty() && seq - 1 > max_positions_))
        return Status::error(Code::bad_argument, "chunks of ", seq, " bytes: use 2..", max_positions_ + 1);
    if (n < 2)
        return Status::error(Code::bad_argument, "evaluation needs at least 2 bytes of text: there are ", n);
    ATOME_TRY(check_tokens(text, n, network_->vocab_size()));
    prepare_weights();
    const uint32_t bytes = static_cast<uint32_t>(std::min<std::size_t>(n, seq));
    const Chunks chunks(network_->vocabulary(), text, n, bytes);
    ATOME_TRY(check_positions(chunks, bytes));
    std::vector<double> sums(chunks.size());
    executor_.run(static_cast<uint32_t>(chunks.size()), [&](uint32_t i, uint32_t worker) {
        const Chunk c = chunks.at(i);
        Workspace& w = workspace(worker);
        network_->forward(c.tokens, c.size - 1, w);
        const uint32_t V = network_->vocab_size();
        sums[i] = hard_loss(*kernels_.train, V, c.tokens + c.given, c.size - c.given, 1.0f,
                            w.logits.data() + static_cast<std::size_t>(c.given - 1) * padded(V));
    });
    double sum = 0;
    for (const double s : sums) sum += s;
    result->tokens = 0;
    for (std::size_t i = 0; i < chunks.size(); i++) result->tokens += chunks.at(i).size - chunks.at(i).given;
    result->predictions = static_cast<uint64_t>(chunks.size()) * (bytes - 1);
    result->nats = sum / static_cast<double>(result->predictions);
    return {};
}

}  // namespace atome
