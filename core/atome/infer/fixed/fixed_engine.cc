#include "atome/infer/fixed/engine.h"

#include "atome/infer/block.h"
#include "atome/infer/engine_checks.h"
#include "atome/kernels/topk.h"

namespace atome {

using namespace fixed;

namespace {

// What one row's codes are worth: its gain, in 1/64.
int32_t gain_of_row(const TensorView& w, uint32_t row) { return w.gains ? w.gains[row] : 64; }

// The codes of a tensor, one after the other from the first on.
template <class Row>
struct CodesInOrder {
    const uint8_t* p;
    size_t i = 0;
    explicit CodesInOrder(const uint8_t* codes) : p(codes) {}
    int32_t next() { return Row::code(p, i++); }
};
template <>
struct CodesInOrder<Trit2> {
    const uint8_t* p;
    uint32_t bits = 0, left = 0;
    explicit CodesInOrder(const uint8_t* codes) : p(codes) {}
    int32_t next() {
        if (left == 0) {
            bits = *p++;
            left = 4;
        }
        const int32_t code = static_cast<int32_t>(bits << 30) >> 30;  // 3 is -1
        bits >>= 2;
        left--;
        return code;
    }
};

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
    b->gate = arena->take<int16_t>(c.selective() ? D : 0);
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
    position_ = now_ = 0;
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
    if (!kernels_ || token >= config_.vocab_size)
        return no_such_token(kernels_ != nullptr, token, config_.vocab_size);
    const Rescale to_x = plan_.rescale(Item::embed);
    const int32_t gain = gain_of_row(embed_, token);
    with_encoding(embed_.encoding, [&](auto row) {
        const size_t first = static_cast<size_t>(token) * embed_.cols;
        for (uint32_t d = 0; d < embed_.cols; d++)
            b_.x[d] = static_cast<int16_t>(to_x(gain * row.code(embed_.codes, first + d)));
    });
    for (uint32_t l = 0; l < config_.n_layers; l++) run_block(*this, config_, l);
    predicted_ = false;
    position_++;
    if (R_ > 0 && ++now_ == R_) now_ = 0;
    return {};
}

Status FixedEngine::predict() {
    if (position_ == 0) return no_token_yet();
    norm(Item::final_gain, 0, b_.h);
    const Rescale to_logit = plan_.rescale(Item::unembed);
    multiply(b_.unembed, b_.h,
             [&](uint32_t v, int32_t sum) { b_.logits[v] = static_cast<int16_t>(to_logit(sum)); });
    predicted_ = true;
    return {};
}

// use(i, row, gain times sum) for each row of each of n matrices that multiply x; those of no rows are left
// out.
template <class X, class Use>
void FixedEngine::multiply(const TensorView* const* w, uint32_t n, const X* x, Use use) const {
    int32_t sums[kSumRows];
    for (uint32_t i = 0, row = 0; i < n;) {
        SumPart parts[kMostSumParts];
        uint32_t first = i, count = 0, rows = 0;
        for (; i < n && rows < kSumRows; i++, row = 0) {
            const uint32_t left = w[i]->rows - row, room = kSumRows - rows;
            parts[count++] = {w[i], row, left < room ? left : room};
            rows += parts[count - 1].rows;
            if (left > room) {
                row += room;
                break;
            }
        }
        sum(parts, count, x, sums);
        const int32_t* s = sums;
        for (uint32_t p = 0; p < count; p++)
            for (uint32_t r = parts[p].first; r < parts[p].first + parts[p].rows; r++)
                use(first + p, r, *s++ * gain_of_row(*parts[p].w, r));
    }
}
template <class X, class Use>
void FixedEngine::multiply(const TensorView& w, const X* x, Use use) const {
    const TensorView* const one[] = {&w};
    multiply(one, 1, x, [&use](uint32_t, uint32_t row, int32_t sum) { use(row, sum); });
}

void FixedEngine::sum(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out) const {
    kernels_->sums(parts, n, x, out);
}
void FixedEngine::sum(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out) const {
    kernels_->sums_unsigned(parts, n, x, out);
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
    const int32_t up_by = 1 << up;
    const Shift to_size(down), to_square(g);
    const auto deviation = [&](uint32_t d) {  // at most 2^15
        return to_size((b_.x[d] - mean) * up_by);
    };
    int32_t squares = 0;  // each at most 2^30 / 2^g
    for (uint32_t d = 0; d < D; d++) {
        const int32_t v = deviation(d);
        squares += to_square(v * v);
    }
    const int32_t epsilon = static_cast<int32_t>(plan_.epsilon());
    squares = squares / 2 + shift_up(round_shift(epsilon, 2 * down), 2 * up) / 2;  // halves: below 2^30
    uint32_t k = 0;                                                                // the root gets 15 bits
    while (squares != 0 && squares < 1 << 27) {
        squares *= 4;
        k++;
    }
    const uint32_t root = square_root(2 * static_cast<uint32_t>(squares));
    const int32_t inverse = root == 0 ? 0 : (1 << 29) / static_cast<int32_t>(root);  // at most 2^15
    const Shift to_z(29 - k - norm_bits(g)), to_h(kFinerBits);
    const int16_t* gains = plan_.words(gain, l);
    const int16_t* biases = plan_.words(static_cast<Item>(static_cast<uint32_t>(gain) + 1), l);
    const Shift to_finer(
        static_cast<uint32_t>(plan_.word(static_cast<Item>(static_cast<uint32_t>(gain) + 2), l)));
    for (uint32_t d = 0; d < D; d++) {
        const int32_t z = saturate(to_z(deviation(d) * inverse), kMost16);
        const int32_t v = to_finer(z * gains[d]) + biases[d];
        out[d] = static_cast<int8_t>(saturate(to_h(v), kMost8));
    }
}

// Where the ring has the token `ago` tokens back.
uint32_t FixedEngine::slot(uint32_t ago) const { return now_ >= ago ? now_ - ago : now_ + R_ - ago; }
int8_t* FixedEngine::ring_at(uint32_t l, uint32_t slot) const {
    return b_.ring + (static_cast<size_t>(l) * R_ + slot) * config_.d_model;
}
int8_t* FixedEngine::key_at(uint32_t l, uint32_t slot) const {
    return b_.keys + (static_cast<size_t>(l) * R_ + slot) * config_.d_head;
}
int8_t* FixedEngine::h(uint32_t l) const { return R_ == 0 ? b_.h : ring_at(l, slot(0)); }

bool FixedEngine::normalise(uint32_t l) {
    norm(Item::norm_gain, l, h(l));
    return true;
}

bool FixedEngine::route(uint32_t l) {
    const Layer& w = b_.layers[l];
    int8_t* key = config_.enabled(Pathway::sparse) ? key_at(l, slot(0)) : nullptr;
    int32_t shares[kPathways];
    const TensorView* const all[] = {&w.router, &w.query, &w.key, &w.gate};
    const Item items[] = {Item::router, Item::query, Item::key, Item::gate};
    Rescale to[4] = {};
    for (uint32_t i = 0; i < 4; i++)
        if (all[i]->rows > 0) to[i] = plan_.rescale(items[i], l);
    multiply(all, 4, h(l), [&](uint32_t i, uint32_t row, int32_t sum) {
        const int32_t v = to[i](sum);
        if (i == 0)
            shares[row] = v;
        else if (i == 1)
            b_.query[row] = static_cast<int8_t>(saturate(v, kMost8));
        else if (i == 2)
            key[row] = static_cast<int8_t>(saturate(v, kMost8));
        else
            b_.gate[row] = static_cast<int16_t>(v);
    });
    softmax(shares, P_);
    uint16_t* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = static_cast<uint16_t>(shares[p]);
    b_.entropy[l] = static_cast<uint16_t>(fixed::entropy(r, P_));
    return true;
}

// x[d] += r * out, r of the router.
void FixedEngine::mix(int32_t r, uint32_t d, int32_t out) {
    b_.x[d] = static_cast<int16_t>(saturate(b_.x[d] + round_shift(r * out, 15), kMost16));
}

bool FixedEngine::local(uint32_t l, uint32_t p) {
    const int32_t r = router(l)[p];
    const uint32_t D = config_.d_model, K = config_.kernel_size;
    const TensorView& taps = b_.layers[l].taps;
    const Rescale to_x = plan_.rescale(Item::local, l);
    const int8_t* rows[Limits::kernel_size];  // j positions ago
    for (uint32_t j = 0; j < K; j++) rows[j] = ring_at(l, slot(j));
    with_encoding(taps.encoding, [&](auto row) {
        CodesInOrder<decltype(row)> codes(taps.codes);
        for (uint32_t d = 0; d < D; d++) {
            int32_t sum = 0;
            for (uint32_t j = 0; j < K; j++) sum += codes.next() * rows[j][d];
            mix(r, d, to_x(gain_of_row(taps, d) * sum));
        }
    });
    return true;
}

bool FixedEngine::state(uint32_t l, uint32_t p) {
    const int32_t r = router(l)[p];
    const uint32_t D = config_.d_model;
    const int8_t* h = this->h(l);
    const int16_t* decay = plan_.words(Item::state_decay, l);
    const int16_t* gain = plan_.words(Item::state_gain, l);
    const Shift to_x(static_cast<uint32_t>(plan_.word(Item::state_shift, l)));
    const int32_t finer = 1 << plan_.word(Item::state_finer, l);
    int32_t* s = b_.state + static_cast<size_t>(l) * D;
    const auto out = [&](uint32_t d) { mix(r, d, saturate(to_x(multiply_q15(s[d], gain[d])), kMost16)); };
    if (!config_.selective()) {
        for (uint32_t d = 0; d < D; d++) {
            s[d] = saturate(multiply_q15(s[d], decay[d]) + h[d] * finer, kMostState);
            out(d);
        }
        return true;
    }
    for (uint32_t d = 0; d < D; d++) {
        const int32_t forget = sigmoid_down(b_.gate[d] + decay[d]);
        s[d] += multiply_q15(h[d] * finer - s[d], forget);
        out(d);
    }
    return true;
}

bool FixedEngine::sparse(uint32_t l, uint32_t p) {
    const int32_t r = router(l)[p];
    const uint32_t D = config_.d_model, H = config_.d_head;
    // Oldest first: equal scores go to the oldest.
    const uint32_t seen = position_ < W_ ? static_cast<uint32_t>(position_) + 1 : W_;
    TopK<int32_t> top(config_.top_k, b_.kept, b_.slots);
    for (uint32_t ago = seen; ago-- > 0;) {
        const uint32_t at = slot(ago);
        const int8_t* k = key_at(l, at);
        int32_t score = 0;
#pragma GCC unroll 8
        for (uint32_t i = 0; i < H; i++) score += b_.query[i] * k[i];
        top.offer(score, at);
    }
    const Rescale to_log2 = plan_.rescale(Item::score, l);
    const int32_t most = b_.kept[0];
    for (uint32_t i = 0; i < top.count(); i++) b_.kept[i] = to_log2(b_.kept[i] - most);
    softmax(b_.kept, top.count());
    // sum p (Wv h) = Wv (sum p h). The shares add up to 2^15, and a little by their roundings.
    const int8_t* rows[Limits::top_k];
    const uint32_t kept = top.count();
    for (uint32_t i = 0; i < kept; i++) rows[i] = ring_at(l, b_.slots[i]);
    for (uint32_t d = 0; d < D; d++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < kept; i++) sum += b_.kept[i] * rows[i][d];
        b_.h[d] = static_cast<int8_t>(saturate(round_shift(sum, 15), kMost8));
    }
    const Rescale to_x = plan_.rescale(Item::value, l);
    multiply(b_.layers[l].value, b_.h, [&](uint32_t d, int32_t sum) { mix(r, d, to_x(sum)); });
    return true;
}

bool FixedEngine::feed_forward(uint32_t l) {
    norm(Item::norm2_gain, l, b_.h);
    const Rescale to_root = plan_.rescale(Item::up, l), to_x = plan_.rescale(Item::down, l);
    multiply(b_.layers[l].up, b_.h, [&](uint32_t f, int32_t sum) {
        const int32_t v = to_root(sum), square = v > 0 ? round_shift(v * v, kHiddenShift) : 0;
        b_.hidden[f] = static_cast<uint8_t>(square > 255 ? 255 : square);
    });
    multiply(b_.layers[l].down, b_.hidden, [&](uint32_t d, int32_t sum) {
        b_.x[d] = static_cast<int16_t>(saturate(b_.x[d] + to_x(sum), kMost16));
    });
    return true;
}

}  // namespace atome
