#include "atome/infer/engine.h"

#include "atome/base/bytes.h"
#include "atome/base/math.h"
#include "atome/kernels/packed.h"
#include "atome/kernels/router.h"
#include "atome/kernels/topk.h"

namespace atome {

namespace {

// Row ranges of the stacked projections: q, k, v, router. Without attention only the router is there.
struct Projections {
    uint32_t q, k, v, router, rows;
};

Projections projections(const Config& c) {
    if (!c.enabled(Pathway::sparse)) return {0, 0, 0, 0, c.active_pathways()};
    const uint32_t H = c.d_head, D = c.d_model;
    return {0, H, 2 * H, 2 * H + D, 2 * H + D + c.active_pathways()};
}

void fill_zero(float* x, std::size_t n) {
    for (std::size_t i = 0; i < n; i++) x[i] = 0;
}

// Adding one to the exponent of infinity or NaN reaches the sign's bit. No branch in the loop, so that
// compilers make vectors of it.
bool all_finite(const float* x, std::size_t n) {
    uint32_t seen = 0;
    for (std::size_t i = 0; i < n; i++) seen |= (bits_of(x[i]) & 0x7f800000u) + 0x00800000u;
    return seen >> 31 == 0;
}

}  // namespace

void Engine::lay_out(const ModelView& model, const EngineOptions& options, Arena* arena, Buffers* b) {
    const Config& c = model.config();
    const uint64_t L = c.n_layers, D = c.d_model, H = c.d_head, K = c.kernel_size, W = options.window;
    const bool local = c.enabled(Pathway::local), state = c.enabled(Pathway::state),
               sparse = c.enabled(Pathway::sparse);
    b->history = arena->take<float>(local ? L * (K - 1) * D : 0);
    b->state = arena->take<float>(state ? L * D : 0);
    b->decay = arena->take<float>(state ? L * D : 0);
    b->keys = arena->take<float>(sparse ? L * H * padded(options.window) : 0);
    b->values = arena->take<float>(sparse ? L * W * D : 0);
    b->scores = arena->take<float>(sparse ? padded(options.window) : 0);
    b->kept = arena->take<float>(sparse ? c.top_k : 0);
    b->slots = arena->take<uint32_t>(sparse ? c.top_k : 0);
    b->rows = arena->take<const float*>(K > c.top_k ? K : c.top_k);
    b->logits = arena->take<float>(padded(c.vocab_size));
    b->router = arena->take<float>(L * c.active_pathways());
    b->entropy = arena->take<float>(L);
    b->x = arena->take<float>(D);
    b->h = arena->take<float>(D);
    b->mixed = arena->take<float>(padded(c.d_model));
    b->projected = arena->take<float>(padded(projections(c).rows));
    b->hidden = arena->take<float>(c.d_ff > 0 ? padded(c.d_ff) : 0);
    b->layers = nullptr;
    b->unembed = {};
    if (!options.unpack) return;

    // While counting there is no array of layers to write to, so the pieces go to a local first.
    UnpackedLayer* layers = arena->take<UnpackedLayer>(L);
    const auto take_panels = [&](TensorKind kind, uint32_t layer, uint32_t rows, uint32_t cols) {
        const uint64_t n = static_cast<uint64_t>(padded(rows)) * cols;
        const bool coded = model.tensor(kind, layer).encoding != Encoding::f32;
        Panels p = {};
        if (coded)
            p.codes = arena->take<int8_t>(n);
        else
            p.weights = arena->take<float>(n);
        p.scales = arena->take<float>(padded(rows));
        p.rows = padded(rows);
        p.cols = cols;
        return p;
    };
    for (uint32_t l = 0; l < L; l++) {
        UnpackedLayer u = {};
        // The stack is coded or float as a whole; float where any of its tensors is.
        TensorKind leader = TensorKind::router;
        if (sparse)
            for (const TensorKind kind : {TensorKind::wq, TensorKind::wk, TensorKind::wv})
                if (model.tensor(kind, l).encoding == Encoding::f32) leader = kind;
        u.projections = take_panels(leader, l, projections(c).rows, c.d_model);
        if (local) u.taps = arena->take<float>(K * D);
        if (c.d_ff > 0) {
            u.up = take_panels(TensorKind::ffn_up, l, c.d_ff, c.d_model);
            u.down = take_panels(TensorKind::ffn_down, l, c.d_model, c.d_ff);
        }
        if (layers) layers[l] = u;
    }
    b->layers = layers;
    b->unembed = take_panels(TensorKind::unembed, 0, c.vocab_size, c.d_model);
}

uint64_t arena_bytes(const ModelView& model, const EngineOptions& options) {
    return Engine::required(model, options);
}

uint64_t Engine::required(const ModelView& model, const EngineOptions& options) {
    Arena counting;
    Buffers ignored;
    lay_out(model, options, &counting, &ignored);
    return counting.used();
}

Status Engine::init(const ModelView& model, const EngineOptions& options, void* memory, std::size_t size) {
    kernels_ = nullptr;
    if (!model.data()) return Status::error(Code::bad_argument, "the model has not been opened");
    if (options.window < 1 || options.window > Limits::window)
        return Status::error(Code::bad_argument, "window is ", options.window, ": use 1..", Limits::window);
    if (reinterpret_cast<uintptr_t>(memory) % Arena::alignment != 0)
        return Status::error(Code::bad_alignment, "the arena must be aligned to ", Arena::alignment,
                             " bytes");
    const uint64_t needed = required(model, options);
    if (!memory || size < needed)
        return Status::error(Code::arena_too_small, "the arena has ", size, " bytes: it needs ", needed);

    model_ = model;
    config_ = model.config();
    W_ = options.window;
    P_ = config_.active_pathways();
    Arena arena(memory);
    lay_out(model, options, &arena, &b_);
    if (config_.enabled(Pathway::state))
        for (uint32_t l = 0; l < config_.n_layers; l++) {
            const float* a_raw = model_.tensor(TensorKind::state_a_raw, l).values;
            for (uint32_t d = 0; d < config_.d_model; d++) b_.decay[l * config_.d_model + d] = tanh(a_raw[d]);
        }
    moderate_gains_ = gains_are_moderate();
    if (options.unpack) unpack();
    kernels_ = options.kernels ? options.kernels : &scalar_kernels();
    reset();
    return {};
}

void Engine::reset() {
    const Config& c = config_;
    const std::size_t L = c.n_layers, D = c.d_model;
    position_ = 0;
    overflowed_ = false;
    if (c.enabled(Pathway::local)) fill_zero(b_.history, L * (c.kernel_size - 1) * D);
    if (c.enabled(Pathway::state)) fill_zero(b_.state, L * D);
    // Slots beyond the positions seen are never read as scores, but the vector loops touch them.
    if (c.enabled(Pathway::sparse)) fill_zero(b_.keys, L * c.d_head * padded(W_));
    fill_zero(b_.logits, padded(c.vocab_size));
    fill_zero(b_.router, L * P_);
    fill_zero(b_.entropy, L);
}

Status Engine::step(uint32_t token) {
    if (!kernels_) return Status::error(Code::bad_argument, "the engine has not been initialised");
    if (token >= config_.vocab_size)
        return Status::error(Code::bad_argument, "token ", token, " is outside the vocabulary: use 0..",
                             config_.vocab_size - 1);
    overflowed_ = overflowed_ || !forward(token);
    if (overflowed_)
        return Status::error(Code::not_finite, "the stream ends at position ", position_,
                             ": its numbers pass the largest float, so the model's weights are too large");
    position_++;
    return {};
}

// Up to the first product that is given infinity or NaN, every form of the weights and every kernel set has
// the same bits. So it is enough to look at what products are given, and at the logits, which none follows.
bool Engine::forward(uint32_t token) {
    read_row(model_.tensor(TensorKind::embed), token, b_.x);
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        if (!block(l)) return false;
        if (config_.d_ff > 0 && !feed_forward(l)) return false;
    }
    if (!normalise(TensorKind::final_gamma, TensorKind::final_beta, 0)) return false;
    if (b_.layers)
        multiply(b_.unembed, b_.h, b_.logits);
    else
        matvec_packed(model_.tensor(TensorKind::unembed), b_.h, b_.logits);
    return all_finite(b_.logits, config_.vocab_size);
}

bool Engine::normalise(TensorKind gamma, TensorKind beta, uint32_t l) {
    float stats[2];
    kernels_->layernorm(b_.x, model_.tensor(gamma, l).values, model_.tensor(beta, l).values, config_.d_model,
                        b_.h, stats);
    // With 1 / sqrt(variance) above 0 the sum of squares was finite, so what the gains multiply is sqrt(D) at
    // most: this spares a look at every element.
    return (moderate_gains_ && stats[1] > 0) || all_finite(b_.h, config_.d_model);
}

// Whether sqrt(D) times any gain plus any bias of a norm is far from the largest float.
bool Engine::gains_are_moderate() const {
    constexpr float kMost = 1e30f;
    const auto moderate = [this](TensorKind kind, uint32_t layer) {
        const TensorView w = model_.tensor(kind, layer);  // empty where there is no feed-forward
        for (uint32_t i = 0; i < w.cols; i++)
            if (w.values[i] > kMost || w.values[i] < -kMost) return false;
        return true;
    };
    for (uint32_t l = 0; l < config_.n_layers; l++)
        for (const TensorKind kind :
             {TensorKind::norm_gamma, TensorKind::norm_beta, TensorKind::norm2_gamma, TensorKind::norm2_beta})
            if (!moderate(kind, l)) return false;
    return moderate(TensorKind::final_gamma, 0) && moderate(TensorKind::final_beta, 0);
}

bool Engine::block(uint32_t l) {
    const Config& c = config_;
    const uint32_t D = c.d_model, K = c.kernel_size;
    const Projections at = projections(c);
    const bool sparse = c.enabled(Pathway::sparse);
    if (!normalise(TensorKind::norm_gamma, TensorKind::norm_beta, l)) return false;

    if (b_.layers) {
        multiply(b_.layers[l].projections, b_.h, b_.projected);
    } else {
        if (sparse) {
            matvec_packed(model_.tensor(TensorKind::wq, l), b_.h, b_.projected + at.q);
            matvec_packed(model_.tensor(TensorKind::wk, l), b_.h, b_.projected + at.k);
            matvec_packed(model_.tensor(TensorKind::wv, l), b_.h, b_.projected + at.v);
        }
        matvec_packed(model_.tensor(TensorKind::router, l), b_.h, b_.projected + at.router);
    }
    float* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = b_.projected[at.router + p];
    small_softmax(r, P_);
    b_.entropy[l] = router_entropy(r, P_);

    // x + r0 * local + r1 * state + r2 * sparse, in this order, over the pathways that are on.
    uint32_t p = 0;
    if (c.enabled(Pathway::local)) {
        // Row j of the convolution is the input j positions ago.
        float* ring = b_.history + static_cast<std::size_t>(l) * (K - 1) * D;
        b_.rows[0] = b_.h;
        for (uint32_t j = 1; j < K; j++) b_.rows[j] = ring + (position_ + K - 1 - j) % (K - 1) * D;
        const TensorView taps = model_.tensor(TensorKind::conv, l);
        if (b_.layers)
            kernels_->conv(b_.layers[l].taps, D, taps.scale, b_.rows, K, D, b_.mixed);
        else
            conv_packed(taps, b_.rows, b_.mixed);
        if (K > 1) {
            float* oldest = ring + position_ % (K - 1) * D;
            for (uint32_t d = 0; d < D; d++) oldest[d] = b_.h[d];
        }
        kernels_->axpy(r[p++], b_.mixed, D, b_.x);
    }
    if (c.enabled(Pathway::state)) {
        kernels_->state(b_.decay + l * D, model_.tensor(TensorKind::state_b, l).values,
                        model_.tensor(TensorKind::state_c_out, l).values, b_.h, D, b_.state + l * D,
                        b_.mixed);
        kernels_->axpy(r[p++], b_.mixed, D, b_.x);
    }
    if (sparse) {
        attention(l, b_.projected + at.q, b_.projected + at.k, b_.projected + at.v, b_.mixed);
        kernels_->axpy(r[p++], b_.mixed, D, b_.x);
    }
    return true;
}

void Engine::attention(uint32_t l, const float* q, const float* k, const float* v, float* out) {
    const uint32_t D = config_.d_model, H = config_.d_head, stride = padded(W_);
    float* keys = b_.keys + static_cast<std::size_t>(l) * H * stride;
    float* values = b_.values + static_cast<std::size_t>(l) * W_ * D;
    const uint32_t now = static_cast<uint32_t>(position_ % W_);
    for (uint32_t i = 0; i < H; i++) keys[static_cast<std::size_t>(i) * stride + now] = k[i];
    for (uint32_t d = 0; d < D; d++) values[static_cast<std::size_t>(now) * D + d] = v[d];

    const uint32_t seen = position_ < W_ ? static_cast<uint32_t>(position_) + 1 : W_;
    kernels_->scores(keys, stride, q, H, seen, 1.0f / sqrt(static_cast<float>(H)), b_.scores);
    // Oldest first: in a full ring the slot after the current one, else slot 0.
    TopK top(config_.top_k, b_.kept, b_.slots);
    if (seen == W_) top.offer_run(*kernels_, b_.scores + now + 1, W_ - now - 1, now + 1);
    top.offer_run(*kernels_, b_.scores, now + 1, 0);
    small_softmax(b_.kept, top.count());
    for (uint32_t i = 0; i < top.count(); i++)
        b_.rows[i] = values + static_cast<std::size_t>(b_.slots[i]) * D;
    kernels_->weighted_sum(b_.kept, b_.rows, top.count(), D, out);
}

bool Engine::feed_forward(uint32_t l) {
    if (!normalise(TensorKind::norm2_gamma, TensorKind::norm2_beta, l)) return false;
    if (b_.layers)
        multiply(b_.layers[l].up, b_.h, b_.hidden);
    else
        matvec_packed(model_.tensor(TensorKind::ffn_up, l), b_.h, b_.hidden);
    kernels_->relu_squared(b_.hidden, config_.d_ff);
    if (!all_finite(b_.hidden, config_.d_ff)) return false;
    if (b_.layers)
        multiply(b_.layers[l].down, b_.hidden, b_.mixed);
    else
        matvec_packed(model_.tensor(TensorKind::ffn_down, l), b_.hidden, b_.mixed);
    kernels_->axpy(1.0f, b_.mixed, config_.d_model, b_.x);
    return true;
}

void Engine::multiply(const Panels& w, const float* x, float* y) const {
    if (w.codes)
        kernels_->matvec_codes(w.codes, w.scales, w.rows, w.cols, x, y);
    else
        kernels_->matvec_floats(w.weights, w.scales, w.rows, w.cols, x, y);
}

}  // namespace atome
