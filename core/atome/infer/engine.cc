#include "atome/infer/engine.h"

#include "atome/base/bytes.h"
#include "atome/base/math.h"
#include "atome/infer/block.h"
#include "atome/infer/engine_checks.h"
#include "atome/kernels/packed.h"
#include "atome/kernels/router.h"
#include "atome/kernels/topk.h"
#include "atome/model/projections.h"

namespace atome {

namespace {

// Adding one to the exponent of infinity or NaN reaches the sign's bit. No branch in the loop, so that
// compilers make vectors of it.
bool all_finite(const float* x, size_t n) {
    uint32_t seen = 0;
    for (size_t i = 0; i < n; i++) seen |= (bits_of(x[i]) & 0x7f800000u) + 0x00800000u;
    return seen >> 31 == 0;
}

// A vector of f32.
const float* floats(const uint8_t* vector) { return reinterpret_cast<const float*>(vector); }

}  // namespace

ArenaParts Engine::lay_out(const ModelView& model, const EngineOptions& options, Arena* arena, Buffers* b) {
    const Config& c = model.config();
    const uint64_t L = c.n_layers, D = c.d_model, H = c.d_head, K = c.kernel_size, W = options.window;
    const bool local = c.enabled(Pathway::local), state = c.enabled(Pathway::state),
               sparse = c.enabled(Pathway::sparse);
    constexpr uint32_t kPointers = 6, kViews = 7;
    static_assert(sizeof(Layer) == kPointers * sizeof(void*) + kViews * sizeof(TensorView),
                  "take<Layer> counts them");
    static_assert(sizeof(TensorView) == 3 * sizeof(void*) + 16, "take<Layer> counts it");
    const uint64_t pointer = arena->pointer_bytes();
    ArenaParts parts = {};
    uint64_t counted = 0;
    const auto count = [&](uint64_t* part) {
        *part += arena->used() - counted;
        counted = arena->used();
    };
    b->history = arena->take<float>(local ? L * (K - 1) * D : 0);
    count(&parts.local);
    b->state = arena->take<float>(state ? L * D : 0);
    if (!c.selective()) b->decay = arena->take<float>(state ? L * D : 0);
    count(&parts.state);
    b->keys = arena->take<float>(sparse ? L * H * padded(options.window) : 0);
    b->values = arena->take<float>(sparse ? L * W * D : 0);
    count(&parts.sparse);
    b->logits = arena->take<float>(padded(c.vocab_size));
    count(&parts.logits);
    b->scores = arena->take<float>(sparse ? padded(options.window) : 0);
    b->kept = arena->take<float>(sparse ? c.top_k : 0);
    b->slots = arena->take<uint32_t>(sparse ? c.top_k : 0);
    b->rows = arena->take<const float*>(K > c.top_k ? K : c.top_k, pointer);
    b->router = arena->take<float>(L * c.active_pathways());
    b->entropy = arena->take<float>(L);
    b->x = arena->take<float>(D);
    b->h = arena->take<float>(D);
    b->mixed = arena->take<float>(padded(c.d_model));
    b->projected = arena->take<float>(padded(ProjectionRows(c).count));
    b->hidden = arena->take<float>(c.d_ff > 0 ? padded(c.d_ff) : 0);
    b->layers = arena->take<Layer>(L, kPointers * pointer + kViews * (3 * pointer + 16));
    static_assert(sizeof(Gate) == sizeof(void*) + sizeof(TensorView), "take<Gate> counts it");
    if (c.selective()) b->gates = arena->take<Gate>(L, 4 * pointer + 16);
    b->unembed = model.tensor(TensorKind::unembed);

    // `coded`: whether all of the stack's tensors are.
    const auto take_panels = [arena](bool coded, uint32_t rows, uint32_t cols) {
        const uint64_t n = static_cast<uint64_t>(padded(rows)) * cols;
        TensorView p;
        if (coded)
            p.codes = arena->take<uint8_t>(n);
        else
            p.values = arena->take<float>(n);
        p.row_scales = arena->take<float>(padded(rows));
        p.rows = padded(rows);
        p.cols = cols;
        p.unpacked = true;
        return p;
    };
    const auto take_copy = [&](const TensorView& w) {
        return take_panels(w.encoding != Encoding::f32, w.rows, w.cols);
    };
    const auto vector = [&](TensorKind kind, uint32_t l) -> const uint8_t* {
        const TensorView from = model.tensor(kind, l);
        if (!options.unpack || from.rows == 0 || from.encoding == Encoding::f32) return from.numbers();
        float* to = arena->take<float>(from.cols);
        for (uint32_t i = 0; to && i < from.cols; i++) to[i] = from.number(i);
        return reinterpret_cast<const uint8_t*>(to);
    };
    // Packed weights stay in the file: they are found, but not counted.
    const uint64_t layers = b->layers || options.unpack ? L : 0;
    for (uint32_t l = 0; l < layers; l++) {
        Layer layer;  // while counting there is no array to write to
        find(model, l, &layer);
        const TensorView wa = model.tensor(TensorKind::state_wa, l);
        layer.norm_gamma = vector(TensorKind::norm_gamma, l);
        layer.norm_beta = vector(TensorKind::norm_beta, l);
        layer.state_b = vector(TensorKind::state_b, l);
        layer.state_c_out = vector(TensorKind::state_c_out, l);
        layer.norm2_gamma = vector(TensorKind::norm2_gamma, l);
        layer.norm2_beta = vector(TensorKind::norm2_beta, l);
        if (options.unpack) {
            bool coded = wa.rows == 0 || wa.encoding != Encoding::f32;
            for (TensorView& w : layer.projections) {
                coded = coded && (w.rows == 0 || w.encoding != Encoding::f32);
                w = TensorView();
            }
            layer.projections[0] = take_panels(coded, ProjectionRows(c).count, c.d_model);
            if (local) {
                layer.taps.values = arena->take<float>(K * D);
                layer.taps.unpacked = true;
            }
            if (c.d_ff > 0) {
                layer.up = take_copy(layer.up);
                layer.down = take_copy(layer.down);
            }
        }
        if (b->layers) b->layers[l] = layer;
        if (!c.selective()) continue;
        const uint8_t* a_raw = vector(TensorKind::state_a_raw, l);
        if (b->gates) b->gates[l] = {a_raw, options.unpack ? TensorView() : wa};
    }
    b->final_gamma = vector(TensorKind::final_gamma, 0);
    b->final_beta = vector(TensorKind::final_beta, 0);
    if (options.unpack) b->unembed = take_copy(b->unembed);
    count(&parts.work);
    return parts;
}

void Engine::find(const ModelView& model, uint32_t l, Layer* out) {
    out->projections[0] = model.tensor(TensorKind::wq, l);
    out->projections[1] = model.tensor(TensorKind::wk, l);
    out->projections[2] = model.tensor(TensorKind::wv, l);
    out->projections[3] = model.tensor(TensorKind::router, l);
    out->taps = model.tensor(TensorKind::conv, l);
    out->up = model.tensor(TensorKind::ffn_up, l);
    out->down = model.tensor(TensorKind::ffn_down, l);
}

ArenaParts arena_parts(const ModelView& model, const EngineOptions& options, uint32_t pointer_bytes) {
    Arena counting = Arena::counting(pointer_bytes);
    Engine::Buffers ignored;
    return Engine::lay_out(model, options, &counting, &ignored);
}

uint64_t arena_bytes(const ModelView& model, const EngineOptions& options, uint32_t pointer_bytes) {
    return arena_parts(model, options, pointer_bytes).total();
}

Status Engine::init(const ModelView& model, const EngineOptions& options, void* memory, size_t size) {
    kernels_ = nullptr;
    ATOME_TRY(check_memory(model, options.window, memory, size, [&] { return arena_bytes(model, options); }));
    config_ = model.config();
    embed_ = model.tensor(TensorKind::embed);
    vectors_ = options.unpack ? Encoding::f32 : in_files(config_.vectors).encoding;
    W_ = options.window;
    P_ = config_.active_pathways();
    Arena arena(memory);
    lay_out(model, options, &arena, &b_);
    if (config_.enabled(Pathway::state) && !config_.selective())
        for (uint32_t l = 0; l < config_.n_layers; l++) {
            const TensorView a_raw = model.tensor(TensorKind::state_a_raw, l);
            for (uint32_t d = 0; d < config_.d_model; d++)
                b_.decay[l * config_.d_model + d] = tanh(a_raw.number(d));
        }
    moderate_gains_ = gains_are_moderate();
    if (options.unpack) unpack(model, b_);
    kernels_ = options.kernels ? options.kernels : &scalar_kernels();
    reset();
    return {};
}

void Engine::reset() {
    const Config& c = config_;
    const size_t L = c.n_layers, D = c.d_model;
    position_ = 0;
    overflowed_ = predicted_ = false;
    if (c.enabled(Pathway::local)) fill_zero(b_.history, L * (c.kernel_size - 1) * D);
    if (c.enabled(Pathway::state)) fill_zero(b_.state, L * D);
    // Slots beyond the positions seen are never read as scores, but the vector loops touch them.
    if (c.enabled(Pathway::sparse)) fill_zero(b_.keys, L * c.d_head * padded(W_));
    fill_zero(b_.logits, padded(c.vocab_size));
    fill_zero(b_.router, L * P_);
    fill_zero(b_.entropy, L);
}

Status Engine::step(uint32_t token) {
    ATOME_TRY(advance(token));
    return predict();
}

Status Engine::advance(uint32_t token) {
    if (!kernels_ || token >= config_.vocab_size)
        return no_such_token(kernels_ != nullptr, token, config_.vocab_size);
    overflowed_ = overflowed_ || !blocks(token);
    if (overflowed_) return ended();
    predicted_ = false;
    position_++;
    return {};
}

Status Engine::predict() {
    if (position_ == 0 && !overflowed_) return no_token_yet();
    if (!overflowed_ && !logits_of_x()) {
        overflowed_ = true;
        position_--;  // as where the blocks overflow: the token has not been fed
    }
    if (overflowed_) return ended();
    predicted_ = true;
    return {};
}

Status Engine::ended() const {
    return Status::error(Code::not_finite, "the stream ends at position ", position_,
                         ": its numbers pass the largest float, so the model's weights are too large");
}

float Engine::uncertainty() const {
    if (P_ < 2) return 0;
    const float share = b_.entropy[config_.n_layers - 1] / log(static_cast<float>(P_));
    return share < 1 ? share : 1;
}

// Up to the first product that is given infinity or NaN, every form of the weights and every kernel set has
// the same bits. So it is enough to look at what products are given, and at the logits, which none follows.
bool Engine::blocks(uint32_t token) {
    read_row(embed_, token, b_.x);
    for (uint32_t l = 0; l < config_.n_layers; l++)
        if (!run_block(*this, config_, l)) return false;
    return true;
}

bool Engine::logits_of_x() {
    if (!norm(b_.final_gamma, b_.final_beta)) return false;
    multiply(b_.unembed, b_.h, b_.logits);
    return all_finite(b_.logits, config_.vocab_size);
}

bool Engine::norm(const uint8_t* gamma, const uint8_t* beta) {
    const uint32_t D = config_.d_model;
    float stats[2];
    if (vectors_ == Encoding::f32)
        kernels_->layernorm(b_.x, floats(gamma), floats(beta), D, b_.h, stats);
    else
        layernorm_bf16(b_.x, gamma, beta, D, b_.h, stats);
    // With 1 / sqrt(variance) above 0 the sum of squares was finite, so what the gains multiply is sqrt(D) at
    // most: this spares a look at every element.
    return (moderate_gains_ && stats[1] > 0) || all_finite(b_.h, D);
}

// Whether sqrt(D) times any gain plus any bias of a norm is far from the largest float.
bool Engine::gains_are_moderate() const {
    constexpr float kMost = 1e30f;
    const auto moderate = [this](const uint8_t* vector) {
        for (uint32_t d = 0; vector && d < config_.d_model; d++) {
            const float w = with_numbers(vectors_, [=](auto row) { return row.number(vector, d); });
            if (w > kMost || w < -kMost) return false;
        }
        return true;
    };
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        const Layer& w = b_.layers[l];
        if (!moderate(w.norm_gamma) || !moderate(w.norm_beta)) return false;
        if (!moderate(w.norm2_gamma) || !moderate(w.norm2_beta)) return false;  // null: no feed-forward
    }
    return moderate(b_.final_gamma) && moderate(b_.final_beta);
}

bool Engine::normalise(uint32_t l) { return norm(b_.layers[l].norm_gamma, b_.layers[l].norm_beta); }

bool Engine::route(uint32_t l) {
    const ProjectionRows at(config_);
    const Layer& w = b_.layers[l];
    const uint32_t first[4] = {at.q, at.k, at.v, at.router};
    for (uint32_t i = 0; i < 4; i++)
        if (w.projections[i].rows > 0) multiply(w.projections[i], b_.h, b_.projected + first[i]);
    if (config_.selective() && b_.gates[l].wa.rows > 0)
        multiply(b_.gates[l].wa, b_.h, b_.projected + at.decay);
    float* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = b_.projected[at.router + p];
    small_softmax(r, P_);
    b_.entropy[l] = router_entropy(r, P_);
    return true;
}

// x += r[p] * mixed.
void Engine::mix(uint32_t l, uint32_t p) {
    kernels_->axpy(b_.router[l * P_ + p], b_.mixed, config_.d_model, b_.x);
}

bool Engine::local(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model, K = config_.kernel_size;
    // Row j of the convolution is the input j positions ago.
    float* ring = b_.history + static_cast<size_t>(l) * (K - 1) * D;
    b_.rows[0] = b_.h;
    for (uint32_t j = 1; j < K; j++) b_.rows[j] = ring + (position_ + K - 1 - j) % (K - 1) * D;
    convolve(b_.layers[l].taps, b_.rows, b_.mixed);
    if (K > 1) {
        float* oldest = ring + position_ % (K - 1) * D;
        for (uint32_t d = 0; d < D; d++) oldest[d] = b_.h[d];
    }
    mix(l, p);
    return true;
}

// From h and, of a selective state, its rows of `projected`.
bool Engine::state(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model;
    const Layer& w = b_.layers[l];
    float* s = b_.state + l * D;
    if (config_.selective()) {
        const uint8_t* a_raw = b_.gates[l].a_raw;
        float* a = b_.projected + ProjectionRows(config_).decay;
        if (vectors_ == Encoding::f32)
            kernels_->selective_state(floats(a_raw), floats(w.state_b), floats(w.state_c_out), b_.h, D, a, s,
                                      b_.mixed);
        else
            selective_state_bf16(a_raw, w.state_b, w.state_c_out, b_.h, D, a, s, b_.mixed);
    } else {
        const float* decay = b_.decay + l * D;
        if (vectors_ == Encoding::f32)
            kernels_->state(decay, floats(w.state_b), floats(w.state_c_out), b_.h, D, s, b_.mixed);
        else
            state_bf16(decay, w.state_b, w.state_c_out, b_.h, D, s, b_.mixed);
    }
    mix(l, p);
    return true;
}

bool Engine::sparse(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model, H = config_.d_head, stride = padded(W_);
    const ProjectionRows at(config_);
    const float *q = b_.projected + at.q, *k = b_.projected + at.k, *v = b_.projected + at.v;
    float* keys = b_.keys + static_cast<size_t>(l) * H * stride;
    float* values = b_.values + static_cast<size_t>(l) * W_ * D;
    const uint32_t now = static_cast<uint32_t>(position_ % W_);
    for (uint32_t i = 0; i < H; i++) keys[static_cast<size_t>(i) * stride + now] = k[i];
    for (uint32_t d = 0; d < D; d++) values[static_cast<size_t>(now) * D + d] = v[d];

    const uint32_t seen = position_ < W_ ? static_cast<uint32_t>(position_) + 1 : W_;
    kernels_->scores(keys, stride, q, H, seen, 1.0f / sqrt(static_cast<float>(H)), b_.scores);
    // Oldest first: in a full ring the slot after the current one, else slot 0.
    TopK<float> top(config_.top_k, b_.kept, b_.slots);
    if (seen == W_) top.offer_run(*kernels_, b_.scores + now + 1, W_ - now - 1, now + 1);
    top.offer_run(*kernels_, b_.scores, now + 1, 0);
    small_softmax(b_.kept, top.count());
    for (uint32_t i = 0; i < top.count(); i++) b_.rows[i] = values + static_cast<size_t>(b_.slots[i]) * D;
    kernels_->weighted_sum(b_.kept, b_.rows, top.count(), D, b_.mixed);
    mix(l, p);
    return true;
}

bool Engine::feed_forward(uint32_t l) {
    const Layer& w = b_.layers[l];
    if (!norm(w.norm2_gamma, w.norm2_beta)) return false;
    multiply(w.up, b_.h, b_.hidden);
    kernels_->relu_squared(b_.hidden, config_.d_ff);
    if (!all_finite(b_.hidden, config_.d_ff)) return false;
    multiply(w.down, b_.hidden, b_.mixed);
    kernels_->axpy(1.0f, b_.mixed, config_.d_model, b_.x);
    return true;
}

void Engine::multiply(const TensorView& w, const float* x, float* y) const {
    if (!w.unpacked)
        matvec_packed(w, x, y);
    else if (w.codes)
        kernels_->matvec_codes(reinterpret_cast<const int8_t*>(w.codes), w.row_scales, w.rows, w.cols, x, y);
    else
        kernels_->matvec_floats(w.values, w.row_scales, w.rows, w.cols, x, y);
}

void Engine::convolve(const TensorView& taps, const float* const* rows, float* out) const {
    if (taps.unpacked)
        kernels_->conv(taps.values, taps.rows, taps.scale, rows, taps.cols, taps.rows, out);
    else
        conv_packed(taps, rows, out);
}

}  // namespace atome
