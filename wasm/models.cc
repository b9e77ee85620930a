#include "wasm/models.h"

#include <algorithm>

#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/model_tensors.h"
#include "atome/infer/fixed/registry.h"
#include "atome/infer/trace.h"
#include "atome/kernels/registry.h"
#include "atome/measure/fixed_plan.h"
#include "atome/measure/prediction.h"
#include "atome/quant/coded_model.h"

namespace atome::wasm {

namespace {

// The `.atome` form of a model.
Status open_coded(const CodedModel& coded, Encoding ternary, AlignedBytes* bytes, ModelView* view) {
    std::vector<uint8_t> file;
    ATOME_TRY(write_atome(coded, ternary, &file));
    *bytes = AlignedBytes(file.size());
    std::copy(file.begin(), file.end(), bytes->data());
    return ModelView::open(bytes->data(), bytes->size(), view);
}

// How ternary codes lie in the form that is open: two bits each are unpacked fastest, and the engine unpacks
// once.
constexpr Encoding kOpened = Encoding::trit2;

// Opens the form of a model that is complete but for it.
Status finish(std::unique_ptr<Model> m, std::unique_ptr<Model>* out) {
    ATOME_TRY(open_coded(m->coded, kOpened, &m->bytes, &m->view));
    *out = std::move(m);
    return {};
}

// Removes the rows of a matrix (rows, cols) for which keep is false.
template <class T>
void keep_rows(std::vector<T>* values, uint32_t cols, const std::vector<bool>& keep) {
    if (values->size() != keep.size() * cols) return;  // one scale for the whole matrix, or nothing at all
    auto to = values->begin();
    for (std::size_t r = 0; r < keep.size(); r++)
        if (keep[r]) to = std::copy_n(values->begin() + static_cast<std::ptrdiff_t>(r * cols), cols, to);
    values->erase(to, values->end());
}

// (T, L, n) as (L, T, n).
std::vector<float> layers_first(const std::vector<float>& values, std::size_t T, std::size_t L) {
    std::vector<float> out;
    out.reserve(values.size());
    const std::size_t n = T ? values.size() / (T * L) : 0;
    for (std::size_t l = 0; l < L; l++)
        for (std::size_t t = 0; t < T; t++) {
            const auto from = values.begin() + static_cast<std::ptrdiff_t>((t * L + l) * n);
            out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(n));
        }
    return out;
}

}  // namespace

Status open_model(const std::vector<uint8_t>& file, const Config& hint, bool dimensions_known,
                  std::unique_ptr<Model>* out) {
    if (file.size() > kMaxFileBytes)
        return Status::error(Code::out_of_memory, "the file has ", file.size(), " bytes: at most ",
                             kMaxFileBytes, " are opened here");
    auto m = std::make_unique<Model>();
    LoadedModel loaded;
    ATOME_TRY(load_model(file.data(), file.size(), dimensions_known ? &hint : nullptr, &loaded));
    m->format = loaded.format;
    m->file_bytes = file.size();
    m->shadow = std::move(loaded.shadow);
    m->coded = std::move(loaded.coded);
    LegacyFormat legacy;
    if (detect_legacy(file.data(), file.size(), &legacy)) m->coded.config.top_k = hint.top_k;
    return finish(std::move(m), out);
}

Status model_of_codes(CodedModel coded, std::unique_ptr<Model>* out) {
    auto m = std::make_unique<Model>();
    m->coded = std::move(coded);
    return finish(std::move(m), out);
}

Status model_from(FloatModel shadow, std::unique_ptr<Model>* out) {
    CodedModel coded;
    ATOME_TRY(quantise(shadow, &coded));
    ATOME_TRY(model_of_codes(std::move(coded), out));
    (*out)->shadow = std::move(shadow);
    return {};
}

Status tensor_offsets(const Model& m, Encoding ternary, std::vector<uint32_t>* out) {
    AlignedBytes bytes;
    ModelView view = m.view;
    if (ternary != kOpened && in_files(m.config().quantizer).trits)
        ATOME_TRY(open_coded(m.coded, ternary, &bytes, &view));
    out->assign(m.coded.tensors.size(), 0);
    for (uint32_t i = 0; i < out->size(); i++) {
        const TensorSpec spec = tensor_spec(m.config(), i);
        if (!spec.active) continue;
        const TensorView t = view.tensor(spec.kind, spec.layer);
        (*out)[i] = static_cast<uint32_t>((is_plain(t.encoding) ? t.numbers() : t.codes) - view.data());
    }
    return {};
}

Status keep_pathways(const Model& model, uint8_t keep, std::unique_ptr<Model>* out) {
    const Config& before = model.config();
    const uint8_t disabled = static_cast<uint8_t>((before.disabled | ~keep) & 7u);
    if (disabled == 7)
        return Status::error(Code::bad_argument, "no pathway is left: keep one that the model has");
    std::vector<bool> rows;  // of the router, one for each active pathway
    for (uint32_t p = 0; p < kPathways; p++)
        if (before.enabled(static_cast<Pathway>(p))) rows.push_back((disabled >> p & 1u) == 0);
    auto m = std::make_unique<Model>();
    m->format = model.format;
    m->coded = model.coded;
    m->coded.config.disabled = disabled;
    for (uint32_t l = 0; l < before.n_layers; l++) {
        CodedTensor& t = m->coded.tensors[tensor_index(before, TensorKind::router, l)];
        keep_rows(&t.codes, before.d_model, rows);
        keep_rows(&t.values, before.d_model, rows);
        if (rows.size() > 1) keep_rows(&t.scales, 1, rows);
    }
    return finish(std::move(m), out);
}

namespace {

uint32_t window_of(const Model& model, const EngineChoice& choice) {
    return choice.window ? choice.window : model.window_or(256);
}

// A stream in memory of its own.
template <class E>
Status create_stream(const Model& model, const typename E::Options& options, AlignedBytes* memory,
                     StreamOf<E>** out) {
    const uint64_t size = stream_bytes(model.view, options);
    if (size > kMaxMemoryBytes)
        return Status::error(Code::out_of_memory, "an engine of this model and window needs ", size >> 20,
                             " MiB of memory: the limit is ", kMaxMemoryBytes >> 20, " MiB");
    *memory = AlignedBytes(static_cast<std::size_t>(size));
    return StreamOf<E>::create(model.view, options, memory->data(), memory->size(), out);
}
Status create(const Model& model, uint32_t window, AlignedBytes* memory, FloatStream** out) {
    return create_stream<Engine>(model, {.window = window, .unpack = true, .kernels = &best_kernels()},
                                 memory, out);
}
Status create(const Model& model, uint32_t window, AlignedBytes* memory, FixedStream** out) {
    return create_stream<FixedEngine>(model, {.window = window, .kernels = &best_fixed_kernels()}, memory,
                                      out);
}

}  // namespace

Status with_fixed_plan(const std::shared_ptr<const Model>& model, std::shared_ptr<const Model>* out) {
    if (!model->coded.fixed_plan.empty()) {
        *out = model;
        return {};
    }
    if (!model->planned) {
        AlignedBytes memory;
        FloatStream* stream = nullptr;
        ATOME_TRY(create(*model, model->window_or(256), &memory, &stream));
        CodedModel coded = model->coded;
        ATOME_TRY(plan_of_own_text(model->view, *stream, &coded.fixed_plan));
        std::unique_ptr<Model> planned;
        ATOME_TRY(model_of_codes(std::move(coded), &planned));
        model->planned = std::move(planned);
    }
    *out = model->planned;
    return {};
}

namespace {

// use(stream) with a stream of either engine in `memory`; the fixed one's is of the model with a plan, which
// `model` then is. Errors: those of both.
template <class Use>
Status with_stream(std::shared_ptr<const Model>* model, bool fixed, uint32_t window, AlignedBytes* memory,
                   Use use) {
    if (!fixed) {
        FloatStream* stream = nullptr;
        ATOME_TRY(create(**model, window, memory, &stream));
        return use(*stream);
    }
    ATOME_TRY(with_fixed_plan(*model, model));
    FixedStream* stream = nullptr;
    ATOME_TRY(create(**model, window, memory, &stream));
    return use(*stream);
}

}  // namespace

Status OpenStream::open(std::shared_ptr<const Model> model, const EngineChoice& choice,
                        std::unique_ptr<OpenStream>* out) {
    auto s = std::make_unique<OpenStream>();
    s->window_ = window_of(*model, choice);
    s->model_ = std::move(model);
    ATOME_TRY(with_stream(&s->model_, choice.fixed, s->window_, &s->memory_, [&s](Stream& stream) {
        s->stream_ = &stream;
        return Status();
    }));
    *out = std::move(s);
    return {};
}

Status OpenStream::read(const std::vector<uint8_t>& text, std::vector<uint8_t>* tokens) {
    const uint64_t before = stream_->position();
    tokens->resize(TextWriter::room_for(text.size()));
    ATOME_TRY(stream_->read(text.data(), text.size(), tokens->data()));
    if (!stream_->vocabulary()) *tokens = text;
    tokens->resize(static_cast<std::size_t>(stream_->position() - before));
    return {};
}

Status OpenStream::write(uint32_t n, float most_unsure, Written* out) {
    ATOME_TRY(stream_->begin());
    const Config& c = stream_->config();
    Written w;
    Routing now(c, 1);
    std::vector<float> router, entropy;  // of one token after the other
    const bool single = n == 0;
    for (uint32_t left = n; single || left > 0;) {
        if (stream_->unsure(most_unsure)) {
            w.unsure = true;
            break;
        }
        float given[Limits::vocab_size];  // choosing overwrites the stream's own
        logits(given);
        const Piece piece = stream_->choose();
        const uint32_t shown = single ? piece.size : std::min(piece.size, left);
        w.text.insert(w.text.end(), piece.text, piece.text + shown);
        ATOME_TRY(stream_->accept(piece, shown, most_unsure));
        if (shown < piece.size) break;
        w.tokens.push_back(static_cast<uint8_t>(piece.token));
        w.nats.push_back(nats_of(best_kernels(), given, c.vocab_size, piece.token));
        now.record(*stream_, 0);
        router.insert(router.end(), now.router.begin(), now.router.end());
        entropy.insert(entropy.end(), now.entropy.begin(), now.entropy.end());
        if (single) break;
        left -= shown;
    }
    const std::size_t L = c.n_layers;
    w.routing.router = layers_first(router, w.tokens.size(), L);
    w.routing.entropy = layers_first(entropy, w.tokens.size(), L);
    *out = std::move(w);
    return {};
}

void OpenStream::logits(float* out) const {
    const Stream::Numbers n = stream_->numbers();
    const uint32_t V = stream_->config().vocab_size;
    if (n.logits) {
        std::copy_n(n.logits, V, out);
        return;
    }
    for (uint32_t v = 0; v < V; v++) out[v] = logit_in_nats(n.fixed_logits[v]);
}

std::vector<float> OpenStream::logits() const {
    std::vector<float> all(stream_->config().vocab_size);
    logits(all.data());
    return all;
}

std::vector<float> OpenStream::probabilities() const {
    std::vector<float> p = logits();
    best_kernels().softmax(p.data(), static_cast<uint32_t>(p.size()));
    return p;
}

Status encode(const Model& model, const std::vector<uint8_t>& text, std::vector<uint8_t>* tokens) {
    if (!model.vocabulary()) {
        ATOME_TRY(check_vocabulary(text.data(), text.size(), model.config().vocab_size));
        *tokens = text;
        return {};
    }
    tokens->resize(2 * text.size());
    tokens->resize(model.vocabulary().encode(text.data(), text.size(), tokens->data()));
    return {};
}

Status measure_text(std::shared_ptr<const Model> model, const std::vector<uint8_t>& text, uint32_t window,
                    TextPositions* out) {
    const auto second = text.begin() + (text.empty() ? 0 : 1);
    std::vector<uint8_t> tokens, rest;
    ATOME_TRY(encode(*model, {text.begin(), second}, &tokens));
    ATOME_TRY(encode(*model, {second, text.end()}, &rest));
    tokens.insert(tokens.end(), rest.begin(), rest.end());
    AlignedBytes memory;
    FloatStream* stream = nullptr;
    ATOME_TRY(create(*model, window_of(*model, {.window = window}), &memory, &stream));
    TextPositions p;
    ATOME_TRY(measure(stream->engine(), tokens, &p));
    TextOfTokens decoder(model->vocabulary());
    uint8_t piece[Vocabulary::kMostBytes];
    for (const uint8_t token : tokens) p.bytes.push_back(static_cast<uint8_t>(decoder.add(token, piece)));
    // Of the text's first token nothing is said. Where its byte has no token of its own, it costs its value.
    p.bytes.erase(p.bytes.begin());
    tokens.erase(tokens.begin());
    p.tokens = std::move(tokens);
    *out = std::move(p);
    return {};
}

Status trace(std::shared_ptr<const Model> model, const std::vector<uint8_t>& tokens,
             const EngineChoice& choice, uint32_t greedy, ModelTrace* out) {
    const Config c = model->config();
    const std::size_t T = tokens.size(), V = c.vocab_size;
    const uint64_t positions = uint64_t{T} + greedy;
    if (T == 0) return Status::error(Code::bad_argument, "the text is empty: give at least one byte");
    if (positions > Limits::window)
        return Status::error(Code::bad_argument, "a trace of ", positions, " positions: use at most ",
                             Limits::window);
    ModelTrace t;
    t.window = choice.window ? choice.window : static_cast<uint32_t>(positions);
    AlignedBytes memory;
    ATOME_TRY(with_stream(&model, choice.fixed, t.window, &memory,
                          [&](auto& stream) { return record_trace(stream, tokens, greedy, &t); }));
    t.nats.resize(T);
    t.predicted.resize(T);
    for (std::size_t i = 0; i < T; i++) {
        const bool last = i + 1 == T;
        const Prediction p =
            predict(best_kernels(), &t.logits[i * V], c.vocab_size, last ? 0 : tokens[i + 1]);
        t.nats[i] = last ? 0 : p.nats;
        t.predicted[i] = p.entropy;
    }
    *out = std::move(t);
    return {};
}

Status export_model(const Model& model, std::string_view format, Encoding trits, std::vector<uint8_t>* out) {
    if (format == "atome") return write_atome(model.coded, trits, out);
    // A float model keeps its weights; of a coded one they are scale * code.
    if (format == "safetensors")
        return write_safetensors(model.shadow ? *model.shadow : dequantise(model.coded), {}, {}, out);
    static constexpr std::pair<std::string_view, LegacyFormat> kLegacy[] = {
        {"atome01", LegacyFormat::atome01},
        {"atome02", LegacyFormat::atome02},
        {"atomep3", LegacyFormat::atomep3}};
    for (const auto& [legacy_name, legacy] : kLegacy)
        if (legacy_name == format) return write_legacy(model.coded, legacy, out);
    return Status::error(Code::bad_argument, "unknown format '", format.substr(0, 32),
                         "': use atome, atome01, atome02, atomep3 or safetensors");
}

}  // namespace atome::wasm
