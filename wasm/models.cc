#include "wasm/models.h"

#include <algorithm>

#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/model_tensors.h"
#include "atome/infer/step_digest.h"
#include "atome/kernels/registry.h"
#include "atome/measure/prediction.h"
#include "atome/quant/coded_model.h"

namespace atome::wasm {

namespace {

// Opens the `.atome` form of a model that is complete but for it.
Status finish(std::unique_ptr<Model> m, std::unique_ptr<Model>* out) {
    // Two bits a code: unpacking them is fastest, and the engine unpacks once.
    std::vector<uint8_t> file;
    ATOME_TRY(write_atome(m->coded, Encoding::trit2, &file));
    m->bytes = AlignedBytes(file.size());
    std::copy(file.begin(), file.end(), m->bytes.data());
    ATOME_TRY(ModelView::open(m->bytes.data(), m->bytes.size(), &m->view));
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

Routing::Routing(const Config& c, std::size_t positions)
    : router(c.n_layers * positions * c.active_pathways()), entropy(c.n_layers * positions) {}

void Routing::record(const Engine& engine, std::size_t t) {
    const Config& c = engine.config();
    const std::size_t T = entropy.size() / c.n_layers, P = c.active_pathways();
    for (uint32_t l = 0; l < c.n_layers; l++) {
        std::copy_n(engine.router(l), P, &router[(l * T + t) * P]);
        entropy[l * T + t] = engine.entropy(l);
    }
}

Status Stream::open(std::shared_ptr<const Model> model, uint32_t window, std::unique_ptr<Stream>* out) {
    const EngineOptions options{
        .window = window ? window : model->window_or(256), .unpack = true, .kernels = &best_kernels()};
    const uint64_t size = arena_bytes(model->view, options);
    if (size > kMaxMemoryBytes)
        return Status::error(Code::out_of_memory, "an engine of this model and window needs ", size >> 20,
                             " MiB of memory: the limit is ", kMaxMemoryBytes >> 20, " MiB");
    auto s = std::make_unique<Stream>();
    s->model_ = std::move(model);
    s->arena_ = AlignedBytes(static_cast<std::size_t>(size));
    ATOME_TRY(s->engine_.init(s->model_->view, options, s->arena_.data(), s->arena_.size()));
    ATOME_TRY(s->sampling({}));
    *out = std::move(s);
    return {};
}

Status Stream::sampling(const SamplerOptions& options) {
    ATOME_TRY(validate(options));
    options_ = options;
    sampler_ = Sampler(options, engine_.kernels());
    return {};
}

void Stream::reset() {
    engine_.reset();
    sampler_ = Sampler(options_, engine_.kernels());
}

Status Stream::feed(const std::vector<uint8_t>& tokens) {
    ATOME_TRY(check_vocabulary(tokens, engine_.config().vocab_size));
    for (const uint8_t token : tokens) ATOME_TRY(engine_.step(token));
    return {};
}

Status Stream::next(uint32_t* token, float* nats) {
    if (engine_.position() == 0) ATOME_TRY(engine_.step(first_token(engine_.config().vocab_size)));
    const uint32_t V = engine_.config().vocab_size;
    float logits[Limits::vocab_size];
    std::copy_n(engine_.logits(), V, logits);
    *token = sampler_.sample(logits, V);
    *nats = predict(engine_.kernels(), engine_.logits(), V, *token).nats;
    return engine_.step(*token);
}

std::vector<float> Stream::probabilities() const {
    std::vector<float> p(engine_.logits(), engine_.logits() + engine_.config().vocab_size);
    engine_.kernels().softmax(p.data(), static_cast<uint32_t>(p.size()));
    return p;
}

Status trace(std::shared_ptr<const Model> model, const std::vector<uint8_t>& tokens, uint32_t window,
             uint32_t greedy, Trace* out) {
    const Config c = model->config();
    const std::size_t T = tokens.size(), V = c.vocab_size;
    const uint64_t positions = uint64_t{T} + greedy;
    if (T == 0) return Status::error(Code::bad_argument, "the text is empty: give at least one byte");
    if (positions > Limits::window)
        return Status::error(Code::bad_argument, "a trace of ", positions, " positions: use at most ",
                             Limits::window);
    std::unique_ptr<Stream> stream;
    Trace t;
    t.window = window ? window : static_cast<uint32_t>(positions);
    ATOME_TRY(Stream::open(std::move(model), t.window, &stream));
    Engine& engine = stream->engine();
    t.tokens = tokens;
    t.logits.resize(T * V);
    t.routing = Routing(c, T);
    t.nats.resize(T);
    t.predicted.resize(T);
    Digest digest;
    for (std::size_t i = 0; i < T; i++) {
        ATOME_TRY(stream->feed({tokens[i]}));
        add_step(digest, engine);
        std::copy_n(engine.logits(), V, &t.logits[i * V]);
        t.routing.record(engine, i);
        const bool last = i + 1 == T;
        const Prediction p = predict(engine.kernels(), engine.logits(), c.vocab_size,
                                     last || tokens[i + 1] >= V ? 0 : tokens[i + 1]);
        t.nats[i] = last ? 0 : p.nats;
        t.predicted[i] = p.entropy;
    }
    Sampler sampler;  // greedy
    for (uint32_t i = 0; i < greedy; i++) {
        t.greedy.push_back(static_cast<uint8_t>(sampler.sample(engine.logits(), c.vocab_size)));
        // The last byte is not fed: nothing would be read from it.
        if (i + 1 == greedy) break;
        ATOME_TRY(engine.step(t.greedy.back()));
        add_step(digest, engine);
    }
    t.digest = digest.value();
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
