#include "atome/infer/stream.h"

#include "atome/base/bytes.h"
#include "atome/infer/engine_checks.h"

namespace atome {

namespace {

// Of a Stream on a machine with such pointers.
constexpr uint64_t object_bytes(uint32_t pointer_bytes) { return 26 * pointer_bytes + 168; }

// Where the engine's arena begins.
constexpr uint64_t arena_at(uint32_t pointer_bytes) {
    return align_up<uint64_t>(object_bytes(pointer_bytes), Arena::alignment);
}

}  // namespace

uint64_t stream_bytes(const ModelView& model, const EngineOptions& options, uint32_t pointer_bytes) {
    static_assert(object_bytes(sizeof(void*)) == sizeof(Stream), "a member was added or taken away");
    return arena_at(pointer_bytes) + arena_bytes(model, options, pointer_bytes);
}

Status Stream::create(const ModelView& model, const EngineOptions& options, void* memory, size_t size,
                      Stream** out) {
    ATOME_TRY(
        check_memory(model, options.window, memory, size, [&] { return stream_bytes(model, options); }));
    Stream* s = new (Placement{memory}) Stream;
    const size_t at = static_cast<size_t>(arena_at(sizeof(void*)));
    ATOME_TRY(s->engine_.init(model, options, static_cast<uint8_t*>(memory) + at, size - at));
    ATOME_TRY(s->sampling(SamplerOptions()));
    s->writer_ = TextWriter(model.vocabulary(), model.config().vocab_size);
    *out = s;
    return {};
}

Status Stream::sampling(const SamplerOptions& options) {
    ATOME_TRY(validate(options));
    sampler_ = Sampler(options, engine_.kernels());
    return {};
}

void Stream::reset() {
    engine_.reset();
    sampler_.restart();
    writer_ = TextWriter(writer_.vocabulary(), engine_.config().vocab_size);
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
    return engine_.predict();
}

Status Stream::advance(uint32_t token) {
    ATOME_TRY(engine_.advance(token));
    writer_.fed(token);
    return {};
}

Status Stream::read(const uint8_t* text, size_t n, uint8_t* scratch) {
    const bool bytes = !vocabulary();
    Status status = bytes ? check_vocabulary(text, n, engine_.config().vocab_size) : Status();
    if (!bytes) n = writer_.read(text, n, scratch);
    const uint8_t* tokens = bytes ? text : scratch;
    for (size_t i = 0; i < n && status.ok(); i++) status = feed(tokens[i]);
    return status;
}

Status Stream::begin() {
    if (engine_.position() > 0) return engine_.predicted() ? Status() : engine_.predict();
    if (!vocabulary()) return feed(first_token(engine_.config().vocab_size));
    ATOME_TRY(feed(vocabulary().token_of('\n')));
    return writer_.escaped() ? feed('\n') : Status();
}

Status Stream::accept(const Piece& piece, uint32_t shown, float limit) {
    if (!writer_.accept(piece, shown)) {
        engine_.restore_logits();
        return {};
    }
    ATOME_TRY(advance(piece.token));
    return unsure(limit) ? Status() : engine_.predict();
}

}  // namespace atome
