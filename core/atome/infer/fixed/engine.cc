#include "atome/infer/fixed/engine.h"

#include "atome/infer/block.h"
#include "atome/infer/engine_checks.h"
#include "atome/kernels/topk.h"

namespace atome {

using namespace fixed;

namespace {

template <class T>
void fill_zero(T* x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = 0;
}

// What one row's codes are worth: its gain, in 1/64.
int32_t gain_of_row(const TensorView& w, uint32_t row) { return w.gains ? w.gains[row] : 64; }

// Of the state; its inputs are 127 * 2^20 at most.
constexpr int32_t kMostState = 1 << 28;

}  // namespace

// As many as the convolution or attention looks back over, the current one included; 0: neither does.
uint32_t FixedEngine::ring_slots(const Config& c, uint32_t window) {
    const uint32_t local = c.enabled(Pathway::local) ? c.kernel_size : 0,
                   sparse = c.enabled(Pathway::sparse) ? window : 0;
    return local > sparse ? local : sparse;
}

uint64_t FixedEngine::lay_out(const ModelView& model, const FixedOptions& options, Arena* arena, Buffers* b) {
    const Config& c = model.config();
    const uint64_t L = c.n_layers, D = c.d_model, R = ring_slots(c, options.window);
    const bool sparse = c.enabled(Pathway::sparse);
    constexpr uint32_t kViews = 8;
    static_assert(sizeof(Layer) == kViews * sizeof(TensorView), "take<Layer> counts them");
    b->ring = arena->take<int8_t>(L * R * D);
    b->keys = arena->take<int8_t>(sparse ? L * R * c.d_head : 0);
    b->state = arena->take<int32_t>(c.enabled(Pathway::state) ? L * D : 0);
    b->layers = arena->take<Layer>(L, kViews * (3 * arena->pointer_bytes() + 16));
    b->logits = arena->take<int16_t>(c.vocab_size);
    b->router = arena->take<uint16_t>(L * c.active_pathways());
    b->entropy = arena->take<uint16_t>(L);
    b->x = arena->take<int16_t>(D);
    b->h = arena->take<int8_t>(D);
    b->query = arena->take<int8_t>(sparse ? c.d_head : 0);
    b->kept = arena->take<int32_t>(sparse ? c.top_k : 0);
    b->slots = arena->take<uint32_t>(sparse ? c.top_k : 0);
    b->hidden = arena->take<uint8_t>(c.d_ff);
    b->unembed = model.tensor(TensorKind::unembed);
    for (uint32_t l = 0; b->layers && l < L; l++) {
        const auto find = [&](TensorKind kind) { return model.tensor(kind, l); };
        b->layers[l] = {find(TensorKind::conv),   find(TensorKind::state_wa), find(TensorKind::wq),
                        find(TensorKind::wk),     find(TensorKind::wv),       find(TensorKind::router),
                        find(TensorKind::ffn_up), find(TensorKind::ffn_down)};
    }
    return arena->used();
}

uint64_t fixed_arena_bytes(const ModelView& model, const FixedOptions& options, uint32_t pointer_bytes) {
    Arena counting = Arena::counting(pointer_bytes);
    FixedEngine::Buffers ignored;
    return FixedEngine::lay_out(model, options, &counting, &ignored);
}

Status FixedEngine::init(const ModelView& model, const FixedOptions& options, void* memory, size_t size) {
    kernels_ = nullptr;
    ATOME_TRY(Plan::of(model, &plan_));
    ATOME_TRY(
        check_memory(model, options.window, memory, size, [&] { return fixed_arena_bytes(model, options); }));
    config_ = model.config();
    embed_ = model.tensor(TensorKind::embed);
    W_ = options.window;
    R_ = ring_slots(config_, W_);
    P_ = config_.active_pathways();
    Arena arena(memory);
    lay_out(model, options, &arena, &b_);
    kernels_ = options.kernels ? options.kernels : &scalar_fixed_kernels();
    reset();
    return {};
}

void FixedEngine::reset() {
    const size_t L = config_.n_layers, D = config_.d_model;
    position_ = 0;
    predicted_ = false;
    fill_zero(b_.ring, L * R_ * D);
    if (config_.enabled(Pathway::sparse)) fill_zero(b_.keys, L * R_ * config_.d_head);
    if (config_.enabled(Pathway::state)) fill_zero(b_.state, L * D);
    fill_zero(b_.logits, config_.vocab_size);
    fill_zero(b_.router, L * P_);
    fill_zero(b_.entropy, L);
}

Status FixedEngine::step(uint32_t token) {
    ATOME_TRY(advance(token));
    return predict();
}

Status FixedEngine::advance(uint32_t token) {
    ATOME_TRY(check_token(kernels_ != nullptr, token, config_.vocab_size));
    const Rescale to_x = plan_.rescale(Item::embed);
    const int32_t gain = gain_of_row(embed_, token);
    with_encoding(embed_.encoding, [&](auto row) {
        const size_t first = static_cast<size_t>(token) * embed_.cols;
        for (uint32_t d = 0; d < embed_.cols; d++)
            b_.x[d] = static_cast<int16_t>(saturate(to_x(gain * row.code(embed_.codes, first + d)), kMost16));
    });
    for (uint32_t l = 0; l < config_.n_layers; l++) run_block(*this, config_, l);
    predicted_ = false;
    position_++;
    return {};
}

Status FixedEngine::predict() {
    ATOME_TRY(check_predictable(position_ > 0));
    norm(Item::final_gain, 0, b_.h);
    const Rescale to_logit = plan_.rescale(Item::unembed);
    multiply(b_.unembed, b_.h, [&](uint32_t v, int32_t sum) {
        b_.logits[v] = static_cast<int16_t>(saturate(to_logit(sum), kMost16));
    });
    predicted_ = true;
    return {};
}

// use(row, gain times sum) for each row of w x.
template <class X, class Use>
void FixedEngine::multiply(const TensorView& w, const X* x, Use use) const {
    int32_t sums[kSumRows];
    for (uint32_t first = 0; first < w.rows; first += kSumRows) {
        const uint32_t rows = w.rows - first < kSumRows ? w.rows - first : kSumRows;
        sum(w, first, rows, x, sums);
        for (uint32_t i = 0; i < rows; i++) use(first + i, sums[i] * gain_of_row(w, first + i));
    }
}

void FixedEngine::sum(const TensorView& w, uint32_t first, uint32_t rows, const int8_t* x,
                      int32_t* out) const {
    kernels_->sums(w, first, rows, x, out);
}
void FixedEngine::sum(const TensorView& w, uint32_t first, uint32_t rows, const uint8_t* x,
                      int32_t* out) const {
    kernels_->sums_unsigned(w, first, rows, x, out);
}

// out = (x - mean) / sqrt(variance + eps) * gain + bias. `gain`: the first of a norm's three items.
void FixedEngine::norm(Item gain, uint32_t l, int8_t* out) const {
    const uint32_t D = config_.d_model, g = norm_halvings(D);
    int32_t sum = 0, most = 0;
    for (uint32_t d = 0; d < D; d++) sum += b_.x[d];
    // Rounded as everywhere: floor((2 sum + D) / 2D), with D / 2 rows of the largest number added and taken
    // away, so that what is divided is not negative.
    const int32_t n = static_cast<int32_t>(D);
    const int32_t mean = (sum + n * 32768 + n / 2) / n - 32768;
    for (uint32_t d = 0; d < D; d++) {
        const int32_t v = b_.x[d] - mean, size = v < 0 ? -v : v;
        most = size > most ? size : most;
    }
    uint32_t up = 0, down = 0;  // the largest deviation, at most 2^16, to 2^14..2^15
    while (most >> down >= kOne) down++;
    while (most != 0 && most << up < kOne / 2) up++;
    const auto deviation = [&](uint32_t d) {
        const int32_t v = b_.x[d] - mean;
        return saturate(round_shift(v * (1 << up), down), kMost16);
    };
    int32_t squares = 0;  // each at most 2^30 / 2^g
    for (uint32_t d = 0; d < D; d++) {
        const int32_t v = deviation(d);
        squares += round_shift(v * v, g);
    }
    const int32_t epsilon = load<int32_t>(plan_.words(Item::epsilon));
    squares = squares / 2 + shift_up(round_shift(epsilon, 2 * down), 2 * up) / 2;  // halves: below 2^30
    uint32_t k = 0;                                                                // the root gets 15 bits
    while (squares != 0 && squares < 1 << 27) {
        squares *= 4;
        k++;
    }
    const uint32_t root = square_root(2 * static_cast<uint32_t>(squares));
    const int32_t inverse = root == 0 ? 0 : (1 << 29) / static_cast<int32_t>(root);  // at most 2^15
    const uint32_t shift = 29 - k - norm_bits(g);
    const uint8_t* gains = plan_.words(gain, l);
    const uint8_t* biases = plan_.words(static_cast<Item>(static_cast<uint32_t>(gain) + 1), l);
    const uint32_t gain_shift =
        static_cast<uint32_t>(plan_.word(static_cast<Item>(static_cast<uint32_t>(gain) + 2), l));
    for (uint32_t d = 0; d < D; d++) {
        const int32_t z = saturate(round_shift(deviation(d) * inverse, shift), kMost16);
        const int32_t v =
            round_shift(z * load<int16_t>(gains + 2 * d), gain_shift) + load<int16_t>(biases + 2 * d);
        out[d] = static_cast<int8_t>(saturate(round_shift(v, kFinerBits), kMost8));
    }
}

int8_t* FixedEngine::h(uint32_t l) const {
    if (R_ == 0) return b_.h;
    return b_.ring + (static_cast<size_t>(l) * R_ + position_ % R_) * config_.d_model;
}

bool FixedEngine::normalise(uint32_t l) {
    norm(Item::norm_gain, l, h(l));
    return true;
}

bool FixedEngine::route(uint32_t l) {
    const Rescale to_log2 = plan_.rescale(Item::router, l);
    int32_t shares[kPathways];
    multiply(b_.layers[l].router, h(l), [&](uint32_t p, int32_t sum) { shares[p] = to_log2(sum); });
    softmax(shares, P_);
    uint16_t* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = static_cast<uint16_t>(shares[p]);
    b_.entropy[l] = static_cast<uint16_t>(fixed::entropy(r, P_));
    return true;
}

// x[d] += r[p] * out.
void FixedEngine::mix(uint32_t l, uint32_t p, uint32_t d, int32_t out) {
    const int32_t r = b_.router[l * P_ + p];
    b_.x[d] = static_cast<int16_t>(saturate(b_.x[d] + round_shift(r * saturate(out, kMost16), 15), kMost16));
}

bool FixedEngine::local(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model, K = config_.kernel_size;
    const TensorView& taps = b_.layers[l].taps;
    const Rescale to_x = plan_.rescale(Item::local, l);
    const int8_t* rows[Limits::kernel_size];  // j positions ago
    for (uint32_t j = 0; j < K; j++)
        rows[j] = b_.ring + (static_cast<size_t>(l) * R_ + (position_ % R_ + R_ - j) % R_) * D;
    with_encoding(taps.encoding, [&](auto row) {
        for (uint32_t d = 0; d < D; d++) {
            int32_t sum = 0;
            row.each(taps.codes, static_cast<size_t>(d) * K, K,
                     [&](uint32_t j, int code) { sum += code * rows[j][d]; });
            mix(l, p, d, to_x(gain_of_row(taps, d) * sum));
        }
    });
    return true;
}

bool FixedEngine::state(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model;
    const int8_t* h = this->h(l);
    const uint8_t* decay = plan_.words(Item::state_decay, l);
    const uint8_t* gain = plan_.words(Item::state_gain, l);
    const uint32_t shift = static_cast<uint32_t>(plan_.word(Item::state_shift, l));
    const int32_t finer = 1 << plan_.word(Item::state_finer, l);
    int32_t* s = b_.state + static_cast<size_t>(l) * D;
    const auto out = [&](uint32_t d) {
        mix(l, p, d, round_shift(multiply_q15(s[d], load<int16_t>(gain + 2 * d)), shift));
    };
    if (!config_.selective()) {
        for (uint32_t d = 0; d < D; d++) {
            s[d] = saturate(multiply_q15(s[d], load<int16_t>(decay + 2 * d)) + h[d] * finer, kMostState);
            out(d);
        }
        return true;
    }
    const Rescale to_log2 = plan_.rescale(Item::gate, l);
    multiply(b_.layers[l].gate, h, [&](uint32_t d, int32_t sum) {
        const int32_t forget = sigmoid_down(to_log2(sum) + load<int16_t>(decay + 2 * d));
        s[d] += multiply_q15(h[d] * finer - s[d], forget);
        out(d);
    });
    return true;
}

bool FixedEngine::sparse(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model, H = config_.d_head;
    const Layer& w = b_.layers[l];
    const size_t first = static_cast<size_t>(l) * R_;
    const uint32_t now = static_cast<uint32_t>(position_ % R_);
    int8_t* key = b_.keys + (first + now) * H;
    const auto put = [](Rescale to, int8_t* out) {
        return
            [to, out](uint32_t i, int32_t sum) { out[i] = static_cast<int8_t>(saturate(to(sum), kMost8)); };
    };
    multiply(w.query, h(l), put(plan_.rescale(Item::query, l), b_.query));
    multiply(w.key, h(l), put(plan_.rescale(Item::key, l), key));

    // Oldest first: equal scores go to the oldest.
    const uint32_t seen = position_ < W_ ? static_cast<uint32_t>(position_) + 1 : W_;
    TopK<int32_t> top(config_.top_k, b_.kept, b_.slots);
    for (uint32_t ago = seen; ago-- > 0;) {
        const uint32_t slot = (now + R_ - ago) % R_;
        const int8_t* k = b_.keys + (first + slot) * H;
        int32_t score = 0;
        for (uint32_t i = 0; i < H; i++) score += b_.query[i] * k[i];
        top.offer(score, slot);
    }
    const Rescale to_log2 = plan_.rescale(Item::score, l);
    const int32_t most = b_.kept[0];
    for (uint32_t i = 0; i < top.count(); i++) b_.kept[i] = to_log2(b_.kept[i] - most);
    softmax(b_.kept, top.count());
    // sum p (Wv h) = Wv (sum p h). The shares add up to 2^15, and a little by their roundings.
    for (uint32_t d = 0; d < D; d++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < top.count(); i++) sum += b_.kept[i] * b_.ring[(first + b_.slots[i]) * D + d];
        b_.h[d] = static_cast<int8_t>(saturate(round_shift(sum, 15), kMost8));
    }
    const Rescale to_x = plan_.rescale(Item::value, l);
    multiply(w.value, b_.h, [&](uint32_t d, int32_t sum) { mix(l, p, d, to_x(sum)); });
    return true;
}

bool FixedEngine::feed_forward(uint32_t l) {
    norm(Item::norm2_gain, l, b_.h);
    const Rescale to_root = plan_.rescale(Item::up, l), to_x = plan_.rescale(Item::down, l);
    multiply(b_.layers[l].up, b_.h, [&](uint32_t f, int32_t sum) {
        const int32_t v = saturate(to_root(sum), kMost16),
                      square = v > 0 ? round_shift(v * v, kHiddenShift) : 0;
        b_.hidden[f] = static_cast<uint8_t>(square > 255 ? 255 : square);
    });
    multiply(b_.layers[l].down, b_.hidden, [&](uint32_t d, int32_t sum) {
        b_.x[d] = static_cast<int16_t>(saturate(b_.x[d] + saturate(to_x(sum), kMost16), kMost16));
    });
    return true;
}

}  // namespace atome
