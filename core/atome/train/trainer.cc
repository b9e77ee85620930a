#include "atome/train/trainer.h"

#include <algorithm>

#include "atome/bytes.h"
#include "atome/digest.h"
#include "atome/math.h"
#include "atome/train/network.h"

namespace atome {

namespace {

// Elementwise work is handed out in pieces of this many floats, which fit a first-level cache.
constexpr std::size_t kPiece = 4096;

// x^n by repeated squaring: no libm.
double power(double x, uint64_t n) {
    double result = 1;
    for (; n > 0; n >>= 1, x *= x)
        if (n & 1) result *= x;
    return result;
}

Status check_tokens(const uint8_t* tokens, std::size_t n, uint32_t V) {
    if (V == 256) return {};
    for (std::size_t i = 0; i < n; i++)
        if (tokens[i] >= V)
            return Status::error(Code::bad_argument, "byte ", i, " of the text is ", tokens[i],
                                 ": this model's vocabulary is 0..", V - 1);
    return {};
}

}  // namespace

KernelSet kernel_set(Isa isa, bool exact) { return {kernels(isa), train_kernels(isa, !exact)}; }

KernelSet best_kernel_set(bool exact) {
    for (const Isa isa : {Isa::wasm128, Isa::avx512, Isa::avx2})
        if (kernels(isa)) return kernel_set(isa, exact);
    return kernel_set(Isa::scalar, exact);
}

KernelSet kernel_set_of(const Kernels* infer, bool exact) {
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::wasm128})
        if (infer && kernels(isa) == infer) return kernel_set(isa, exact);
    return best_kernel_set(exact);
}

Trainer::Trainer(const FloatModel& model, uint32_t max_positions, KernelSet kernels, Executor& executor)
    : config_(model.config),
      max_positions_(max_positions),
      kernels_(kernels),
      executor_(executor),
      layout_(model.config),
      shadow_(model.tensors),
      work_(model.config),
      workspaces_(executor.workers()) {
    const uint32_t count = tensor_count(config_);
    gradients_.resize(count);
    optimizer_.m.resize(count);
    optimizer_.v.resize(count);
    for (uint32_t i = 0; i < count; i++) {
        const TensorSpec spec = tensor_spec(config_, i);
        shadow_[i].resize(spec.size());  // inactive tensors may be absent from a model
        if (!spec.active) continue;
        gradients_[i].resize(spec.size());
        optimizer_.m[i].resize(spec.size());
        optimizer_.v[i].resize(spec.size());
    }
}

FloatModel Trainer::model() const {
    FloatModel m;
    m.config = config_;
    m.tensors = shadow_;
    return m;
}

uint64_t Trainer::weights_digest() const {
    Digest d;
    for (const auto& w : shadow_) d.add(w.data(), w.size());
    return d.value();
}

Status Trainer::restore(const FloatModel& model, const OptimizerState& optimizer) {
    if (!(model.config == config_))
        return Status::error(Code::bad_file, "the saved model has another configuration than this run");
    ATOME_TRY(check(model));
    for (uint32_t i = 0; i < shadow_.size(); i++) {
        const std::size_t n = optimizer_.m[i].size();
        if (i >= optimizer.m.size() || i >= optimizer.v.size() || optimizer.m[i].size() != n ||
            optimizer.v[i].size() != n)
            return Status::error(Code::bad_file, "the saved optimiser state of ",
                                 tensor_name(tensor_spec(config_, i)).view(), " has the wrong size");
        for (const auto* state : {&optimizer.m[i], &optimizer.v[i]})
            for (std::size_t e = 0; e < n; e++)
                if (!is_finite((*state)[e]))
                    return Status::error(Code::not_finite, "the saved optimiser state of ",
                                         tensor_name(tensor_spec(config_, i)).view(),
                                         " is not finite at element ", e);
    }
    for (uint32_t i = 0; i < shadow_.size(); i++)
        if (!model.tensors[i].empty()) shadow_[i] = model.tensors[i];
    optimizer_ = optimizer;
    work_is_current_ = false;
    return {};
}

Activations& Trainer::workspace(uint32_t worker) {
    auto& w = workspaces_[worker];
    if (!w) w = std::make_unique<Activations>(config_, max_positions_);
    return *w;
}

Pass Trainer::pass(uint32_t T, float* gradients) const {
    return {config_, *kernels_.infer, *kernels_.train, shadow_, work_, layout_, gradients, T};
}

void Trainer::prepare_weights() {
    if (!work_is_current_) work_.prepare(shadow_, *kernels_.train, executor_);
    work_is_current_ = true;
}

Status Trainer::forward_backward(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss) {
    if (T < 1 || T > max_positions_ || B < 1)
        return Status::error(Code::bad_argument, "a batch of ", B, " x ", T, ": use at least 1 x 1, at most ",
                             max_positions_, " positions");
    const std::size_t row = static_cast<std::size_t>(T) + 1;
    ATOME_TRY(check_tokens(tokens, B * row, config_.vocab_size));
    prepare_weights();
    const uint32_t shards = std::min(B, kShards);
    while (shard_gradients_.size() < shards) shard_gradients_.emplace_back(layout_.size);
    double losses[kShards] = {};
    const float scale = 1.0f / (static_cast<float>(B) * static_cast<float>(T));
    executor_.run(shards, [&](uint32_t shard, uint32_t worker) {
        std::vector<float>& g = shard_gradients_[shard];
        std::fill(g.begin(), g.end(), 0.0f);
        const Pass p = pass(T, g.data());
        Activations& a = workspace(worker);
        for (std::size_t b = B * static_cast<std::size_t>(shard) / shards;
             b < B * static_cast<std::size_t>(shard + 1) / shards; b++) {
            network_forward(p, tokens + b * row, a);
            losses[shard] += network_loss(p, tokens + b * row + 1, scale, a);
            network_backward(p, tokens + b * row, a);
        }
    });
    double sum = 0;
    for (uint32_t s = 0; s < shards; s++) sum += losses[s];
    *loss = sum / (static_cast<double>(B) * T);
    sum_shards(shards);
    return {};
}

void Trainer::sum_shards(uint32_t shards) {
    const uint32_t pieces = static_cast<uint32_t>((layout_.size + kPiece - 1) / kPiece);
    executor_.run(pieces, [&](uint32_t piece, uint32_t) {
        const std::size_t first = piece * kPiece, n = std::min(kPiece, layout_.size - first);
        for (uint32_t step = 1; step < shards; step *= 2)
            for (uint32_t s = 0; s + step < shards; s += 2 * step)
                kernels_.train->add(&shard_gradients_[s + step][first], n, &shard_gradients_[s][first]);
    });
    // From the padded layout to the shapes of the weights.
    const float* sum = shard_gradients_[0].data();
    executor_.run(static_cast<uint32_t>(gradients_.size()), [&](uint32_t i, uint32_t) {
        if (gradients_[i].empty()) return;
        const GradientLayout::Place& place = layout_[i];
        float* out = gradients_[i].data();
        if (tensor_spec(config_, i).kind == TensorKind::conv) {
            const uint32_t K = place.rows, D = place.cols;
            for (uint32_t d = 0; d < D; d++)
                for (uint32_t j = 0; j < K; j++) *out++ = sum[place.offset + (K - 1 - j) * place.stride + d];
            return;
        }
        for (uint32_t r = 0; r < place.rows; r++)
            out =
                std::copy_n(sum + place.offset + static_cast<std::size_t>(r) * place.stride, place.cols, out);
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

Status Trainer::gradients(const uint8_t* tokens, uint32_t B, uint32_t T, double* loss, Shadow* gradients) {
    ATOME_TRY(forward_backward(tokens, B, T, loss));
    *gradients = gradients_;
    return {};
}

Status Trainer::step(const TrainOptions& o, float lr, const uint8_t* tokens, uint32_t B, uint32_t T,
                     StepResult* result) {
    ATOME_TRY(forward_backward(tokens, B, T, &result->loss));
    result->grad_norm = gradient_norm();
    if (!is_finite(static_cast<float>(result->loss)) || !is_finite(result->grad_norm))
        return Status::error(Code::not_finite, "the loss is no longer finite after ", optimizer_.steps,
                             " steps: use a smaller learning rate");
    optimizer_.steps++;
    const double t1 = 1 - power(static_cast<double>(o.beta1), optimizer_.steps);
    const double t2 = 1 - power(static_cast<double>(o.beta2), optimizer_.steps);
    AdamStep adam;
    adam.decay = 1 - lr * o.weight_decay;
    adam.beta1 = o.beta1;
    adam.beta2 = o.beta2;
    adam.rate = static_cast<float>(static_cast<double>(lr) / t1);
    adam.inv_sqrt_bias2 = 1 / sqrt(static_cast<float>(t2));
    adam.eps = o.eps;
    adam.grad_scale = o.clip > 0 && result->grad_norm > o.clip ? o.clip / result->grad_norm : 1.0f;
    executor_.run(static_cast<uint32_t>(shadow_.size()), [&](uint32_t i, uint32_t) {
        if (!gradients_[i].empty())
            kernels_.train->adamw(adam, gradients_[i].data(), gradients_[i].size(), shadow_[i].data(),
                                  optimizer_.m[i].data(), optimizer_.v[i].data());
    });
    work_is_current_ = false;
    return {};
}

Status Trainer::evaluate(const uint8_t* tokens, std::size_t n, uint32_t seq, Evaluation* result) {
    if (seq < 2 || seq - 1 > max_positions_)
        return Status::error(Code::bad_argument, "chunks of ", seq, " bytes: use 2..", max_positions_ + 1);
    if (n < 2)
        return Status::error(Code::bad_argument, "evaluation needs at least 2 bytes of text: there are ", n);
    ATOME_TRY(check_tokens(tokens, n, config_.vocab_size));
    prepare_weights();
    const uint32_t T = static_cast<uint32_t>(std::min<std::size_t>(n, seq)) - 1;
    const uint32_t chunks = static_cast<uint32_t>(n / (T + 1));
    std::vector<double> sums(chunks);
    executor_.run(chunks, [&](uint32_t chunk, uint32_t worker) {
        const uint8_t* at = tokens + static_cast<std::size_t>(chunk) * (T + 1);
        const Pass p = pass(T, nullptr);
        Activations& a = workspace(worker);
        network_forward(p, at, a);
        sums[chunk] = network_loss(p, at + 1, 1.0f, a);
    });
    double sum = 0;
    for (const double s : sums) sum += s;
    result->predictions = static_cast<uint64_t>(chunks) * T;
    result->nats = sum / static_cast<double>(result->predictions);
    return {};
}

}  // namespace atome
