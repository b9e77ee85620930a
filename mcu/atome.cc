#include "mcu/atome.h"
#include "atome/infer/stream.h"

namespace {

using atome::Code;
using atome::ModelView;
using atome::Status;
using atome::Stream;
using atome::TextView;

static_assert(sizeof(ModelView) <= sizeof(atome_model) && alignof(ModelView) <= alignof(atome_model),
              "a ModelView lives in an atome_model");
static_assert(sizeof(atome_error::text) >= atome::Text::capacity + 1, "a message fits");
static_assert(static_cast<int>(Code::not_finite) == ATOME_NOT_FINITE, "the codes are the core's");
static_assert(ATOME_READ_SCRATCH(5) == atome::TextWriter::room_for(5), "the header says what the core needs");

bool is_window(uint32_t window) { return window >= 1 && window <= atome::Limits::window; }

const ModelView& view(const atome_model* model) {
    return *__builtin_launder(reinterpret_cast<const ModelView*>(model->opaque));
}

// Null where atome_open has not succeeded.
const ModelView* opened(const atome_model* model) {
    return model && view(model).data() ? &view(model) : nullptr;
}

atome_code report(atome_code code, TextView text, atome_error* error) {
    if (!error) return code;
    error->code = code;
    size_t n = 0;
    for (; n < text.size() && n + 1 < sizeof error->text; n++) error->text[n] = text[n];
    error->text[n] = 0;
    return code;
}

atome_code report(const Status& status, atome_error* error) {
    return report(static_cast<atome_code>(status.code()), status.message(), error);
}

// atome_engine is a name for C of a stream, of either engine: only the one that is initialised is linked.
Stream& stream(atome_engine* engine) { return *reinterpret_cast<Stream*>(engine); }
const Stream& stream(const atome_engine* engine) { return *reinterpret_cast<const Stream*>(engine); }

bool has_layer(const atome_engine* engine, uint32_t layer) {
    return engine && layer < stream(engine).config().n_layers;
}

// A prompt is encoded on the stack.
Status check_prompt(Stream& s, const uint8_t* text, size_t n) {
    if (!text && n > 0)
        return Status::error(Code::bad_argument, "no prompt: a size of ", n, " needs its bytes");
    if (s.vocabulary() && n > ATOME_PROMPT_MOST)
        return Status::error(Code::bad_argument, "a prompt of ", n, " bytes: use at most ", ATOME_PROMPT_MOST,
                             ", or atome_read");
    return {};
}

// Not a part of who calls it, whose stack is that of all the text to come.
__attribute__((noinline)) Status read_prompt(Stream& s, const uint8_t* text, size_t n) {
    uint8_t scratch[ATOME_READ_SCRATCH(ATOME_PROMPT_MOST)];
    ATOME_TRY(check_prompt(s, text, n));
    return s.read(text, n, scratch);
}

// Of the prompt's tokens, whole.
Status digest_of(Stream& s, const uint8_t* prompt, size_t n, uint64_t* digest) {
    uint8_t tokens[2 * ATOME_PROMPT_MOST];
    ATOME_TRY(check_prompt(s, prompt, n));
    if (s.vocabulary()) {
        n = s.vocabulary().encode(prompt, n, tokens);
        prompt = tokens;
    }
    s.reset();
    const Status status = s.digest_of(prompt, n, digest);
    s.reset();
    return status;
}

constexpr const char* kNoEngine = "no engine: atome_init failed or was not called";

}  // namespace

atome_code atome_open(atome_model* model, const void* blob, size_t size, atome_error* error) {
    if (!model) return report(ATOME_BAD_ARGUMENT, "no atome_model to fill in", error);
    ModelView* v = new (atome::Placement{model->opaque}) ModelView;
    return report(ModelView::open(static_cast<const uint8_t*>(blob), size, v), error);
}

atome_info atome_describe(const atome_model* model) {
    const ModelView* v = opened(model);
    if (!v) return {};
    const atome::Config& c = v->config();
    const atome::Vocabulary& vocabulary = v->vocabulary();
    return {c.vocab_size,
            c.d_model,
            c.n_layers,
            c.d_head,
            c.top_k,
            c.kernel_size,
            c.d_ff,
            c.active_pathways(),
            c.disabled,
            v->window(),
            vocabulary ? 1u : 0u,
            vocabulary ? vocabulary.tokens() : c.vocab_size};
}

namespace {

template <class Options>
size_t arena_size(const atome_model* model, Options options) {
    const ModelView* v = opened(model);
    if (!v || !is_window(options.window)) return 0;
    const uint64_t needed = atome::stream_bytes(*v, options);
    return needed <= SIZE_MAX ? static_cast<size_t>(needed) : 0;
}

template <class E>
atome_engine* init(const atome_model* model, typename E::Options options, void* arena, size_t arena_size,
                   atome_error* error) {
    const ModelView* v = opened(model);
    if (!v) {
        report(ATOME_BAD_ARGUMENT, "no model: atome_open failed or was not called", error);
        return nullptr;
    }
    atome::StreamOf<E>* state = nullptr;
    report(atome::StreamOf<E>::create(*v, options, arena, arena_size, &state), error);
    return reinterpret_cast<atome_engine*>(static_cast<Stream*>(state));
}

}  // namespace

#ifndef ATOME_FIXED_ONLY
size_t atome_arena_size(const atome_model* model, uint32_t window) {
    return arena_size(model, atome::EngineOptions{window, false, nullptr});
}

atome_engine* atome_init(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                         atome_error* error) {
    return init<atome::Engine>(model, {window, false, nullptr}, arena, arena_size, error);
}
#endif

size_t atome_fixed_arena_size(const atome_model* model, uint32_t window) {
    return arena_size(model, atome::FixedOptions{window, nullptr});
}

atome_engine* atome_init_fixed(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                               atome_error* error) {
    return init<atome::FixedEngine>(model, {window, nullptr}, arena, arena_size, error);
}

void atome_reset(atome_engine* engine) {
    if (engine) stream(engine).reset();
}

atome_code atome_step(atome_engine* engine, uint32_t token, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    return report(stream(engine).feed(token), error);
}

atome_code atome_advance(atome_engine* engine, uint32_t token, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    return report(stream(engine).advance(token), error);
}

atome_code atome_predict(atome_engine* engine, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    return report(stream(engine).predict(), error);
}

float atome_uncertainty(const atome_engine* engine) { return engine ? stream(engine).uncertainty() : 0; }

const float* atome_logits(const atome_engine* engine) {
    return engine ? stream(engine).numbers().logits : nullptr;
}

const int16_t* atome_fixed_logits(const atome_engine* engine) {
    return engine ? stream(engine).numbers().fixed_logits : nullptr;
}

const float* atome_router(const atome_engine* engine, uint32_t layer) {
    const float* all = has_layer(engine, layer) ? stream(engine).numbers().router : nullptr;
    return all ? all + layer * stream(engine).config().active_pathways() : nullptr;
}

const uint16_t* atome_fixed_router(const atome_engine* engine, uint32_t layer) {
    const uint16_t* all = has_layer(engine, layer) ? stream(engine).numbers().fixed_router : nullptr;
    return all ? all + layer * stream(engine).config().active_pathways() : nullptr;
}

float atome_entropy(const atome_engine* engine, uint32_t layer) {
    return has_layer(engine, layer) ? stream(engine).entropy(layer) : 0;
}

uint64_t atome_position(const atome_engine* engine) { return engine ? stream(engine).position() : 0; }

uint32_t atome_token_text(const atome_model* model, uint32_t token, uint8_t* out) {
    const ModelView* v = opened(model);
    return v && out && token < v->config().vocab_size ? v->vocabulary().text(token, out) : 0;
}

size_t atome_encode(const atome_model* model, const uint8_t* text, size_t size, uint8_t* tokens,
                    size_t room) {
    const ModelView* v = opened(model);
    if (!v || !text || !tokens || room / 2 < size) return 0;
    if (!v->vocabulary() && !atome::check_vocabulary(text, size, v->config().vocab_size).ok()) return 0;
    return v->vocabulary().encode(text, size, tokens);
}

atome_code atome_read(atome_engine* engine, const uint8_t* text, size_t size, uint8_t* scratch,
                      size_t scratch_size, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    if (!text && size > 0)
        return report(Status::error(Code::bad_argument, "no text: a size of ", size, " needs its bytes"),
                      error);
    Stream& s = stream(engine);
    // Halved, so that no size can wrap around.
    if (s.vocabulary() && size > 0 && (!scratch || scratch_size / 2 < 16 || scratch_size / 2 - 16 < size))
        return report(Status::error(Code::bad_argument, "scratch has ", scratch ? scratch_size : 0,
                                    " bytes: a text of ", size, " bytes needs ", 2 * (uint64_t{size} + 16)),
                      error);
    return report(s.read(text, size, scratch), error);
}

atome_code atome_generate(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, size_t n,
                          const atome_sampling* sampling, atome_sink sink, void* context,
                          atome_error* error) {
    return atome_generate_while_sure(engine, prompt, prompt_size, n, sampling, 1, sink, context, error);
}

atome_code atome_generate_while_sure(atome_engine* engine, const uint8_t* prompt, size_t prompt_size,
                                     size_t n, const atome_sampling* sampling, float limit, atome_sink sink,
                                     void* context, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    if (!sink) return report(ATOME_BAD_ARGUMENT, "no sink: the text needs one", error);
    // Written so that NaN fails.
    if (!(limit >= 0 && limit <= 1))
        return report(ATOME_BAD_ARGUMENT, "limit is out of range: use 0..1", error);
    atome::SamplerOptions options;
    if (sampling) options = {sampling->temperature, sampling->top_k, sampling->top_p, sampling->seed};
    Stream& s = stream(engine);
    atome_code code = report(s.sampling(options), error);
    if (code == ATOME_OK) code = report(read_prompt(s, prompt, prompt_size), error);
    if (code == ATOME_OK) code = report(s.begin(), error);
    for (size_t left = n; left > 0 && code == ATOME_OK;) {
        if (s.unsure(limit)) return report(ATOME_UNSURE, "the router is unsure of the next token", error);
        const atome::Piece piece = s.choose();
        int stop = 0;
        uint32_t shown = 0;
        while (shown < piece.size && shown < left && !stop) stop = sink(context, piece.text[shown++]);
        code = report(s.accept(piece, shown, limit), error);
        if (stop && code == ATOME_OK) return report(ATOME_STOPPED, "the sink asked to stop", error);
        left -= shown;
    }
    return code;
}

atome_code atome_generate_bytes(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, uint8_t* out,
                                size_t n, const atome_sampling* sampling, atome_error* error) {
    if (!out && n > 0) return report(ATOME_BAD_ARGUMENT, "no buffer for the text", error);
    const auto put = [](void* context, uint8_t byte) {
        *(*static_cast<uint8_t**>(context))++ = byte;
        return 0;
    };
    return atome_generate(engine, prompt, prompt_size, n, sampling, put, &out, error);
}

atome_code atome_self_test(atome_engine* engine, const uint8_t* prompt, size_t size, uint64_t expected,
                           uint64_t* got, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    uint64_t digest = 0;
    const atome_code code = report(digest_of(stream(engine), prompt, size, &digest), error);
    if (code != ATOME_OK) return code;
    if (got) *got = digest;
    if (digest == expected) return code;
    return report(ATOME_WRONG_DIGEST,
                  "self-test: the digest is not the expected one: check the floating-point options of the "
                  "compiler, or the prompt and the window",
                  error);
}
