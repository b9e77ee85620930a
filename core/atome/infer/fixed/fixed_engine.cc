#include "atome/infer/fixed/engine.h"

#include "atome/infer/block.h"
#include "atome/infer/engine_checks.h"

namespace atome {

using namespace fixed;

// As many as the convolution or attention looks back over, the current one included; 0: neither does.
uint32_t FixedEngine::ring_slots(const Config& c, uint32_t window) {
    const uint32_t local = c.enabled(Pathway::local) ? c.kernel_size : 0,
                   sparse = c.enabled(Pathway::sparse) ? window : 0;
    return local > sparse ? local : sparse;
}

const FixedKernels& FixedEngine::kernels_of(const FixedOptions& options) {
    return options.kernels ? *options.kernels : pairs_fixed_kernels();
}

// Where a matrix of the file is read, or unpacked to.
CodedMatrix FixedEngine::place(const TensorView& w, const FixedKernels& kernels, bool plain, Arena* arena) {
    CodedMatrix m(w);
    if (!kernels.unpacking || w.rows == 0) return m;
    m.codes =
        arena->take<uint8_t>(plain ? uint64_t{w.rows} * w.cols : kernels.unpacking->bytes(w.rows, w.cols));
    return m;
}

uint64_t FixedEngine::lay_out(const ModelView& model, const FixedOptions& options, Arena* arena, Buffers* b) {
    const Config& c = model.config();
    const FixedKernels& kernels = kernels_of(options);
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
    b->scores = arena->take<int32_t>(sparse && kernels.unpacking ? options.window : 0);
    b->hidden = arena->take<uint8_t>(c.d_ff);
    b->embed = place(model.tensor(TensorKind::embed), kernels, true, arena);
    b->unembed = place(model.tensor(TensorKind::unembed), kernels, false, arena);
    for (uint32_t l = 0; l < L && (b->layers || kernels.unpacking); l++) {
        const auto find = [&](TensorKind kind) {
            return place(model.tensor(kind, l), kernels, kind == TensorKind::conv, arena);
        };
        const Layer layer = {find(TensorKind::conv),   find(TensorKind::state_wa), find(TensorKind::wq),
                             find(TensorKind::wk),     find(TensorKind::wv),       find(TensorKind::router),
                             find(TensorKind::ffn_up), find(TensorKind::ffn_down)};
        if (b->layers) b->layers[l] = layer;
    }
    return arena->used();
}

// Writes what place() has made room for.
void FixedEngine::unpack(const ModelView& model) {
    const auto write = [&](const CodedMatrix& to, TensorKind kind, uint32_t l) {
        if (to.rows > 0) kernels_->unpacking->unpack(model.tensor(kind, l), const_cast<uint8_t*>(to.codes));
    };
    const auto plain = [&](const CodedMatrix& to, TensorKind kind, uint32_t l, bool turned) {
        const TensorView w = model.tensor(kind, l);
        for (uint32_t r = 0; r < to.rows; r++)
            for (uint32_t c = 0; c < to.cols; c++) {
                int8_t code;
                decode_codes(w.encoding, w.codes, static_cast<size_t>(r) * w.cols + c, 1, &code);
                const size_t at =
                    turned ? static_cast<size_t>(c) * w.rows + r : static_cast<size_t>(r) * w.cols + c;
                const_cast<uint8_t*>(to.codes)[at] = static_cast<uint8_t>(code);
            }
    };
    plain(b_.embed, TensorKind::embed, 0, false);
    write(b_.unembed, TensorKind::unembed, 0);
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        const Layer& to = b_.layers[l];
        plain(to.taps, TensorKind::conv, l, true);
        write(to.gate, TensorKind::state_wa, l);
        write(to.query, TensorKind::wq, l);
        write(to.key, TensorKind::wk, l);
        write(to.value, TensorKind::wv, l);
        write(to.router, TensorKind::router, l);
        write(to.up, TensorKind::ffn_up, l);
        write(to.down, TensorKind::ffn_down, l);
    }
}

uint64_t arena_bytes(const ModelView& model, const FixedOptions& options, uint32_t pointer_bytes) {
    Arena counting = Arena::counting(pointer_bytes);
    FixedEngine::Buffers ignored;
    return FixedEngine::lay_out(model, options, &counting, &ignored);
}

Status FixedEngine::init(const ModelView& model, const FixedOptions& options, void* memory, size_t size) {
    kernels_ = nullptr;
    ATOME_TRY(Plan::of(model, &plan_));
    ATOME_TRY(check_memory(model, options.window, memory, size, [&] { return arena_bytes(model, options); }));
    config_ = model.config();
    W_ = options.window;
    R_ = ring_slots(config_, W_);
    P_ = config_.active_pathways();
    Arena arena(memory);
    lay_out(model, options, &arena, &b_);
    kernels_ = &kernels_of(options);
    if (kernels_->unpacking) unpack(model);
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
    kernels_->embed(b_.embed, token, plan_.rescale(Item::embed), b_.x);
    for (uint32_t l = 0; l < config_.n_layers; l++) run_block(*this, config_, l);
    predicted_ = false;
    position_++;
    if (R_ > 0 && ++now_ == R_) now_ = 0;
    return {};
}

Status FixedEngine::predict() {
    if (position_ == 0) return no_token_yet();
    norm(Item::final_gain, 0, b_.h);
    restore_logits();
    predicted_ = true;
    return {};
}

void FixedEngine::restore_logits() {
    multiply(b_.unembed, b_.h, Item::unembed, 0,
             [&](uint32_t first, const RowsOf& rows) { kernels_->rescale(rows, b_.logits + first); });
}

float FixedEngine::uncertainty() const {
    constexpr float kOfMost[] = {0, 0, 1 / (0.69314718f * kOne),
                                 1 / (1.0986123f * kOne)};  // 1 / (ln P in Q15)
    return static_cast<float>(entropy(config_.n_layers - 1)) * kOfMost[P_];
}

// use(i, first, rows) until all rows of n matrices that multiply x have been used, each matrix in one piece
// or in several. items: what rescales them.
template <class X, class Use>
void FixedEngine::multiply(const CodedMatrix* const* w, const Item* items, uint32_t n, uint32_t l, const X* x,
                           Use use) const {
    int32_t sums[kSumRows];
    for (uint32_t i = 0, row = 0; i < n;) {
        SumPart parts[kMostSumParts];
        const uint32_t begin = i;
        uint32_t count = 0, rows = 0;
        for (; i < n && rows < kSumRows; i++, row = 0) {
            const uint32_t left = w[i]->rows - row, room = kSumRows - rows;
            const bool ends = left <= room;
            parts[count] = {w[i], row, ends ? left : room / kRowsOfPanel * kRowsOfPanel};
            rows += parts[count].rows;
            row += parts[count++].rows;
            if (!ends) break;
        }
        sum(parts, count, x, sums);
        const int32_t* s = sums;
        for (uint32_t p = 0; p < count; s += parts[p++].rows) {
            const CodedMatrix& m = *parts[p].w;
            if (parts[p].rows == 0) continue;
            use(begin + p, parts[p].first,
                RowsOf{s, m.gains ? m.gains + parts[p].first : nullptr, parts[p].rows,
                       plan_.rescale(items[begin + p], l)});
        }
    }
}
// use(first, rows).
template <class X, class Use>
void FixedEngine::multiply(const CodedMatrix& w, const X* x, Item item, uint32_t l, Use use) const {
    const CodedMatrix* const one[] = {&w};
    multiply(one, &item, 1, l, x, [&](uint32_t, uint32_t first, const RowsOf& rows) { use(first, rows); });
}

void FixedEngine::sum(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out) const {
    kernels_->sums(parts, n, x, out);
}
void FixedEngine::sum(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out) const {
    kernels_->sums_unsigned(parts, n, x, out);
}

// out = norm(x). `gain`: the first of a norm's three items.
void FixedEngine::norm(Item gain, uint32_t l, int8_t* out) const {
    const auto after = [gain](uint32_t n) { return static_cast<Item>(static_cast<uint32_t>(gain) + n); };
    kernels_->norm(b_.x, config_.d_model, plan_.epsilon(), plan_.words(gain, l), plan_.words(after(1), l),
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
    constexpr Item kProducts[] = {Item::router, Item::query, Item::key, Item::gate};
    multiply(all, kProducts, 4, l, h(l), [&](uint32_t i, uint32_t first, const RowsOf& rows) {
        int16_t out[kSumRows];
        kernels_->rescale(rows, i == 3 ? b_.gate + first : out);
        if (i == 3) return;
        for (uint32_t r = 0; r < rows.n; r++)
            if (i == 0)
                shares[first + r] = out[r];
            else
                (i == 1 ? b_.query : key)[first + r] = static_cast<int8_t>(saturate8(out[r]));
    });
    softmax(shares, P_);
    uint16_t* r = b_.router + l * P_;
    for (uint32_t p = 0; p < P_; p++) r[p] = static_cast<uint16_t>(shares[p]);
    b_.entropy[l] = static_cast<uint16_t>(fixed::entropy(r, P_));
    return true;
}

bool FixedEngine::local(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model, K = config_.kernel_size;
    const CodedMatrix& taps = b_.layers[l].taps;
    const int8_t* rows[Limits::kernel_size];  // j positions ago
    for (uint32_t j = 0; j < K; j++) rows[j] = ring_at(l, slot(j));
    int32_t sums[kSumRows];
    for (uint32_t first = 0; first < D; first += kSumRows) {
        const uint32_t n = D - first < kSumRows ? D - first : kSumRows;
        kernels_->convolve(taps, rows, first, n, sums);
        kernels_->mix({sums, nullptr, n, plan_.rescale(Item::local, l)}, router(l)[p], b_.x + first);
    }
    return true;
}

bool FixedEngine::state(uint32_t l, uint32_t p) {
    const uint32_t D = config_.d_model;
    const StateStep step = {h(l), 1 << plan_.word(Item::state_finer, l), plan_.words(Item::state_gain, l),
                            Shift(static_cast<uint32_t>(plan_.word(Item::state_shift, l))), router(l)[p]};
    const int16_t* decay = plan_.words(Item::state_decay, l);
    int32_t* s = b_.state + static_cast<size_t>(l) * D;
    if (config_.selective())
        kernels_->selective_state(step, decay, b_.gate, D, s, b_.x);
    else
        kernels_->state(step, decay, D, s, b_.x);
    return true;
}

bool FixedEngine::sparse(uint32_t l, uint32_t p) {
    const uint32_t seen = position_ < W_ ? static_cast<uint32_t>(position_) + 1 : W_;
    const uint32_t kept = kernels_->attend({key_at(l, 0), config_.d_head, R_, slot(seen - 1), seen}, b_.query,
                                           config_.top_k, b_.scores, b_.kept, b_.slots);
    const Rescale to_log2 = plan_.rescale(Item::score, l);
    int32_t most = b_.kept[0];
    for (uint32_t i = 1; i < kept; i++) most = b_.kept[i] > most ? b_.kept[i] : most;
    for (uint32_t i = 0; i < kept; i++) b_.kept[i] = to_log2(b_.kept[i] - most);
    softmax(b_.kept, kept);
    // sum p (Wv h) = Wv (sum p h). The shares add up to 2^15, and a little by their roundings.
    const int8_t* rows[Limits::top_k];
    for (uint32_t i = 0; i < kept; i++) rows[i] = ring_at(l, b_.slots[i]);
    kernels_->weighted_sum(b_.kept, rows, kept, config_.d_model, b_.h);
    multiply(b_.layers[l].value, b_.h, Item::value, l,
             [&](uint32_t first, const RowsOf& sums) { kernels_->mix(sums, router(l)[p], b_.x + first); });
    return true;
}

bool FixedEngine::feed_forward(uint32_t l) {
    norm(Item::norm2_gain, l, b_.h);
    multiply(b_.layers[l].up, b_.h, Item::up, l,
             [&](uint32_t first, const RowsOf& rows) { kernels_->hidden(rows, b_.hidden + first); });
    multiply(b_.layers[l].down, b_.hidden, Item::down, l,
             [&](uint32_t first, const RowsOf& rows) { kernels_->mix(rows, kOne, b_.x + first); });
    return true;
}

}  // namespace atome
