#include "atome/infer/stream.h"

#include "atome/base/bytes.h"
#include "atome/infer/engine_checks.h"
#include "atome/infer/trace.h"

namespace atome {

namespace {

// Of a stream on a machine with such pointers.
template <class E>
constexpr uint64_t object_bytes(uint32_t pointer_bytes);
template <>
constexpr uint64_t object_bytes<Engine>(uint32_t pointer_bytes) {
    return 28 * pointer_bytes + 160;
}
template <>
constexpr uint64_t object_bytes<FixedEngine>(uint32_t pointer_bytes) {
    return 24 * pointer_bytes + 240;
}

// Where the engine's arena begins.
template <class E>
constexpr uint64_t arena_at(uint32_t pointer_bytes) {
    static_assert(object_bytes<E>(sizeof(void*)) == sizeof(StreamOf<E>), "a member was added or taken away");
    return align_up<uint64_t>(object_bytes<E>(pointer_bytes), Arena::alignment);
}

}  // namespace

#ifndef ATOME_FIXED_ONLY
uint64_t stream_bytes(const ModelView& model, const EngineOptions& options, uint32_t pointer_bytes) {
    return arena_at<Engine>(pointer_bytes) + arena_bytes(model, options, pointer_bytes);
}
#endif
uint64_t stream_bytes(const ModelView& model, const FixedOptions& options, uint32_t pointer_bytes) {
    return arena_at<FixedEngine>(pointer_bytes) + arena_bytes(model, options, pointer_bytes);
}

Status check_vocabulary(const uint8_t* tokens, size_t n, uint32_t V) {
    for (size_t i = 0; i < n; i++)
        if (tokens[i] >= V)
            return Status::error(Code::bad_argument, "byte ", tokens[i], " at offset ", i,
                                 " is outside the model's vocabulary: use bytes 0..", V - 1);
    return {};
}

Status Stream::feed(uint32_t token) {
    ATOME_TRY(advance(token));
    return predict();
}

Status Stream::read(const uint8_t* text, size_t n, uint8_t* scratch) {
    const bool bytes = !vocabulary();
    Status status = bytes ? check_vocabulary(text, n, config().vocab_size) : Status();
    if (!bytes) n = writer_.read(text, n, scratch);
    const uint8_t* tokens = bytes ? text : scratch;
    for (size_t i = 0; i < n && status.ok(); i++) status = feed(tokens[i]);
    return status;
}

Status Stream::begin() {
    if (position() > 0) return predicted() ? Status() : predict();
    if (!vocabulary()) return feed(first_token(config().vocab_size));
    ATOME_TRY(feed(vocabulary().token_of('\n')));
    return writer_.escaped() ? feed('\n') : Status();
}

Status Stream::accept(const Piece& piece, uint32_t shown, float limit) {
    if (!writer_.accept(piece, shown)) {
        restore_logits();
        return {};
    }
    ATOME_TRY(advance(piece.token));
    return unsure(limit) ? Status() : predict();
}

template <class E>
Status StreamOf<E>::create(const ModelView& model, const typename E::Options& options, void* memory,
                           size_t size, StreamOf** out) {
    ATOME_TRY(
        check_memory(model, options.window, memory, size, [&] { return stream_bytes(model, options); }));
    StreamOf* s = new (Placement{memory}) StreamOf;
    const size_t at = static_cast<size_t>(arena_at<E>(sizeof(void*)));
    ATOME_TRY(s->engine_.init(model, options, static_cast<uint8_t*>(memory) + at, size - at));
    ATOME_TRY(s->sampling(SamplerOptions()));
    s->writer_ = TextWriter(model.vocabulary(), model.config().vocab_size);
    *out = s;
    return {};
}

namespace {

Sampler sampler_of(const SamplerOptions& options, const Engine& engine) {
    return Sampler(options, engine.kernels());
}
FixedSampler sampler_of(const SamplerOptions& options, const FixedEngine&) { return FixedSampler(options); }

Stream::Numbers numbers_of(const Engine& e) { return {e.logits(), e.router(0), nullptr, nullptr}; }
Stream::Numbers numbers_of(const FixedEngine& e) { return {nullptr, nullptr, e.logits(), e.router(0)}; }

}  // namespace

template <class E>
Status StreamOf<E>::sampling(const SamplerOptions& options) {
    ATOME_TRY(validate(options));
    sampler_ = sampler_of(options, engine_);
    return {};
}

template <class E>
void StreamOf<E>::reset() {
    engine_.reset();
    sampler_.restart();
    writer_ = TextWriter(writer_.vocabulary(), engine_.config().vocab_size);
}

template <class E>
Status StreamOf<E>::advance(uint32_t token) {
    ATOME_TRY(engine_.advance(token));
    writer_.fed(token);
    return {};
}

template <class E>
float StreamOf<E>::router(uint32_t layer, uint32_t pathway) const {
    return as_float(engine_.router(layer)[pathway]);
}
template <class E>
float StreamOf<E>::entropy(uint32_t layer) const {
    return as_float(engine_.entropy(layer));
}

template <class E>
Stream::Numbers StreamOf<E>::numbers() const {
    return numbers_of(engine_);
}

template <class E>
Status StreamOf<E>::digest_of(const uint8_t* tokens, size_t n, uint64_t* digest) {
    return trace(
        engine_, tokens, n, 0, digest, [](size_t) {}, [](uint32_t) {});
}

#ifndef ATOME_FIXED_ONLY
template class StreamOf<Engine>;
#endif
template class StreamOf<FixedEngine>;

}  // namespace atome
