#include "atome/infer/fixed/engine.h"

#include "atome/infer/block.h"
#include "atome/infer/engine_checks.h"
#include "atome/infer/fixed/loops.h"
#include "atome/kernels/topk.h"

namespace atome {

using namespace fixed;

namespace {

// As many bits as the target has.
void store(int32_t v, int32_t* out) { *out = v; }
void store(int32_t v, int16_t* out) { *out = static_cast<int16_t>(v); }
void store(int32_t v, int8_t* out) { *out = static_cast<int8_t>(saturate8(v)); }

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
    static_assert(sizeof(Layer) == kViews * sizeof(CodedMatrix), "take<Layer> counts them");
    b->ring = arena->take<int8_t>(L * R * D);
    b->keys = arena->take<int8_t>(sparse ? L * R * c.d_head : 0);
    b->state = arena->take<int32_t>(c.enabled(Pathway::state) ? L * D : 0);
    b->layers = arena->take<Layer>(L, kViews * (2 * arena->pointer_bytes() + 8));
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
    b->unembed = CodedMatrix(model.tensor(TensorKind::unembed));
    for (uint32_t l = 0; b->layers && l < L; l++) {
        const auto find = [&](TensorKind kind) { return CodedMatrix(model.tensor(kind, l)); };
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
    embed_ = CodedMatrix(model.tensor(TensorKind::embed));
    W_ = options.window;
    R_ = ring_slots(config_, W_);
    P_ = config_.active_pathways();
    Arena arena(memory);
    lay_out(model, options, &arena, &b_);
    kernels_ = options.kernels ? options.kernels : &plain_fixed_kernels();
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
    const int32_t gain = embed_.gain(token);
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

// use(i, rows of w[i] from first on, their sums) until all of n matrices that multiply x have been used, each
// in one piece or several.
template <class X, class Use>
void FixedEngine::multiply(const CodedMatrix* const* w, uint32_t n, const X* x, Use use) const {
    int32_t sums[kSumRows];
    for (uint32_t i = 0, row = 0; i < n;) {
        SumPart parts[kMostSumParts];
        const uint32_t first = i;
        uint32_t count = 0, rows = 0;
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
        for (uint32_t p = 0; p < count; s += parts[p++].rows)
            use(first + p, parts[p].first, parts[p].rows, s);
    }
}
// use(row, gain times sum).
template <class X, class Use>
void FixedEngine::multiply(const CodedMatrix& w, const X* x, Use use) const {
    const CodedMatrix* const one[] = {&w};
    multiply(one, 1, x, [&](uint32_t, uint32_t first, uint32_t rows, const int32_t* sums) {
        for (uint32_t r = 0; r < rows; r++) use(first + r, w.gain(first + r) * sums[r]);
    });
}

// x += r * to(w x).
template <class X>
void FixedEngine::multiply_into_x(const CodedMatrix& w, const X* x, int32_t r, Rescale to) {
    const CodedMatrix* const one[] = {&w};
    multiply(one, 1, x, [&](uint32_t, uint32_t first, uint32_t rows, const int32_t* sums) {
        mix(r, w, first, rows, sums, to);
    });
}

void FixedEngine::sum(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out) const {
    kernels_->sums(parts, n, x, out);
}
void FixedEngine::sum(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out) const {
    kernels_->sums_unsigned(parts, n, x, out);
}

// out = (x - mean) / sqrt(variance + eps) * gain + bias. `gain`: the first of a norm's three items.
void FixedEngine::norm(Item gain, uint32_t l, int8_t* out) const {
    const auto after = [gain](uint32_t n) { return static_cast<Item>(static_cast<uint32_t>(gain) + n); };
    fixed::norm(b_.x, config_.d_model, plan_.epsilon(), plan_.words(gain, l), plan_.words(after(1), l),
                static_cast<uint32_t>(plan_.word(after(2), l)), out);
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
    const CodedMatrix* const all[] = {&w.router, &w.query, &w.key, &w.gate};
    multiply(all, 4, h(l), [&](uint32_t i, uint32_t first, uint32_t rows, const int32_t* sums) {
        if (rows == 0) return;
        constexpr Item kItems[] = {Item::router, Item::query, Item::key, Item::gate};
        const Rescale to = plan_.rescale(kItems[i], l);
        const auto each = [&](auto* out) {
            for (uint32_t r = 0; r < rows; r++) store(to(all[i]->gain(first + r) * sums[r]), &out[first + r]);
        };
        if (i == 0)
            each(shares);
        else if (i == 3)
            each(b_.gate);
        else
            each(i == 1 ? b_.query : key);
    });
    softmax(shares, P_);
    uint16_t* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = static_cast<uint16_t>(shares[p]);
    b_.entropy[l] = static_cast<uint16_t>(fixed::entropy(r, P_));
    return true;
}

// x[d] += r * out, r of the router, for rows of a matrix from `first` on: out = to(gain * sum).
void FixedEngine::mix(int32_t r, const CodedMatrix& w, uint32_t first, uint32_t rows, const int32_t* sums,
                      const Rescale& to) {
    mix_sums(r, w.gains ? w.gains + first : nullptr, rows, sums, to, b_.x + first);
}

bool FixedEngine::local(uint32_t l, uint32_t p) {
    const int32_t r = router(l)[p];
    const uint32_t D = config_.d_model, K = config_.kernel_size;
    const CodedMatrix& taps = b_.layers[l].taps;
    const Rescale to_x = plan_.rescale(Item::local, l);
    const int8_t* rows[Limits::kernel_size];  // j positions ago
    for (uint32_t j = 0; j < K; j++) rows[j] = ring_at(l, slot(j));
    int32_t sums[kSumRows];
    for (uint32_t first = 0; first < D; first += kSumRows) {
        const uint32_t n = D - first < kSumRows ? D - first : kSumRows;
        convolve(taps, rows, first, n, sums);
        mix(r, taps, first, n, sums, to_x);
    }
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
    if (config_.selective())
        run_state(StateStep{h, finer, gain, to_x, r}, decay, b_.gate, D, s, b_.x);
    else
        run_state(StateStep{h, finer, gain, to_x, r}, decay, D, s, b_.x);
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
        top.offer(dot(b_.query, key_at(l, at), H), at);
    }
    const Rescale to_log2 = plan_.rescale(Item::score, l);
    const int32_t most = b_.kept[0];
    for (uint32_t i = 0; i < top.count(); i++) b_.kept[i] = to_log2(b_.kept[i] - most);
    softmax(b_.kept, top.count());
    // sum p (Wv h) = Wv (sum p h). The shares add up to 2^15, and a little by their roundings.
    const int8_t* rows[Limits::top_k];
    const uint32_t kept = top.count();
    for (uint32_t i = 0; i < kept; i++) rows[i] = ring_at(l, b_.slots[i]);
    weighted_sum(b_.kept, rows, kept, D, b_.h);
    multiply_into_x(b_.layers[l].value, b_.h, r, plan_.rescale(Item::value, l));
    return true;
}

bool FixedEngine::feed_forward(uint32_t l) {
    norm(Item::norm2_gain, l, b_.h);
    const Rescale to_root = plan_.rescale(Item::up, l);
    multiply(b_.layers[l].up, b_.h, [&](uint32_t f, int32_t sum) {
        const int32_t v = to_root(sum), square = v > 0 ? round_shift(v * v, kHiddenShift) : 0;
        b_.hidden[f] = static_cast<uint8_t>(square > 255 ? 255 : square);
    });
    multiply_into_x(b_.layers[l].down, b_.hidden, kOne, plan_.rescale(Item::down, l));
    return true;
}

}  // namespace atome
