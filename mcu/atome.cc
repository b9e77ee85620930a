#include "mcu/atome.h"

#include <new>

#include "atome/infer/engine.h"
#include "atome/infer/sampler.h"
#include "atome/infer/step_digest.h"

struct atome_engine {
    atome::Engine engine;
};

namespace {

using atome::Code;
using atome::ModelView;
using atome::Status;

static_assert(sizeof(ModelView) <= sizeof(atome_model) && alignof(ModelView) <= alignof(atome_model));
static_assert(sizeof(atome_error::text) >= atome::Text::capacity + 1);
static_assert(static_cast<int>(Code::not_finite) == ATOME_NOT_FINITE);

// The engine object comes first in the arena.
constexpr std::size_t kEngineBytes =
    (sizeof(atome_engine) + atome::Arena::alignment - 1) / atome::Arena::alignment * atome::Arena::alignment;

const ModelView& view(const atome_model* model) {
    return *std::launder(reinterpret_cast<const ModelView*>(model->opaque));
}

atome_code report(atome_code code, std::string_view text, atome_error* error) {
    if (!error) return code;
    error->code = code;
    std::size_t n = 0;
    for (; n < text.size() && n + 1 < sizeof error->text; n++) error->text[n] = text[n];
    error->text[n] = 0;
    return code;
}

atome_code report(const Status& status, atome_error* error) {
    return report(static_cast<atome_code>(status.code()), status.message(), error);
}

constexpr const char* kNoEngine = "no engine: atome_init failed or was not called";

}  // namespace

atome_code atome_open(atome_model* model, const void* blob, size_t size, atome_error* error) {
    if (!model) return report(ATOME_BAD_ARGUMENT, "no atome_model to fill in", error);
    ModelView* v = new (model->opaque) ModelView;
    return report(ModelView::open(static_cast<const uint8_t*>(blob), size, v), error);
}

atome_info atome_describe(const atome_model* model) {
    const atome::Config& c = view(model).config();
    return {c.vocab_size,  c.d_model, c.n_layers,          c.d_head,   c.top_k,
            c.kernel_size, c.d_ff,    c.active_pathways(), c.disabled, view(model).window()};
}

size_t atome_arena_size(const atome_model* model, uint32_t window) {
    if (!model || !view(model).data() || window < 1 || window > atome::Limits::window) return 0;
    return kEngineBytes + atome::arena_bytes(view(model), {.window = window});
}

atome_engine* atome_init(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                         atome_error* error) {
    if (!model) {
        report(ATOME_BAD_ARGUMENT, "no model: atome_open failed or was not called", error);
        return nullptr;
    }
    const size_t needed = atome_arena_size(model, window);
    if (needed == 0) {
        report(Status::error(Code::bad_argument, "window is ", window, ": use 1..", atome::Limits::window,
                             " and a model that atome_open has opened"),
               error);
        return nullptr;
    }
    if (!arena || arena_size < needed) {
        report(Status::error(Code::arena_too_small, "the arena has ", arena ? arena_size : 0,
                             " bytes: it needs ", needed),
               error);
        return nullptr;
    }
    if (reinterpret_cast<uintptr_t>(arena) % atome::Arena::alignment != 0) {
        report(ATOME_BAD_ALIGNMENT, "the arena must be aligned to 16 bytes", error);
        return nullptr;
    }
    auto* state = new (arena) atome_engine;
    const Status status =
        state->engine.init(view(model), {.window = window}, static_cast<uint8_t*>(arena) + kEngineBytes,
                           arena_size - kEngineBytes);
    report(status, error);
    return status.ok() ? state : nullptr;
}

void atome_reset(atome_engine* engine) { engine->engine.reset(); }

atome_code atome_step(atome_engine* engine, uint32_t token, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    return report(engine->engine.step(token), error);
}

const float* atome_logits(const atome_engine* engine) { return engine->engine.logits(); }

const float* atome_router(const atome_engine* engine, uint32_t layer) {
    return layer < engine->engine.config().n_layers ? engine->engine.router(layer) : nullptr;
}

float atome_entropy(const atome_engine* engine, uint32_t layer) {
    return layer < engine->engine.config().n_layers ? engine->engine.entropy(layer) : 0;
}

uint64_t atome_position(const atome_engine* engine) { return engine->engine.position(); }

atome_code atome_generate(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, size_t n,
                          const atome_sampling* sampling, atome_sink sink, void* context,
                          atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    if (!sink || (!prompt && prompt_size > 0))
        return report(ATOME_BAD_ARGUMENT, "no prompt or no sink: both are needed", error);
    atome::SamplerOptions options;
    if (sampling) options = {sampling->temperature, sampling->top_k, sampling->top_p, sampling->seed};
    if (const Status status = atome::validate(options); !status.ok()) return report(status, error);
    atome::Engine& e = engine->engine;
    const uint32_t V = e.config().vocab_size;
    for (size_t i = 0; i < prompt_size; i++)
        if (prompt[i] >= V)
            return report(Status::error(Code::bad_argument, "prompt byte ", prompt[i], " at ", i,
                                        " is outside the vocabulary: use 0..", V - 1),
                          error);
    // As `atome generate` does.
    if (prompt_size == 0 && e.position() == 0) (void)e.step(V > '\n' ? '\n' : 0);
    for (size_t i = 0; i < prompt_size; i++) (void)e.step(prompt[i]);
    atome::Sampler sampler(options);
    for (size_t i = 0; i < n; i++) {
        const uint32_t token = sampler.sample(e.logits(), V);
        const int stop = sink(context, static_cast<uint8_t>(token));
        (void)e.step(token);
        if (stop) return report(ATOME_STOPPED, "the sink asked to stop", error);
    }
    return report(ATOME_OK, "", error);
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
    if (!engine || (!prompt && size > 0)) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    atome::Engine& e = engine->engine;
    atome::Digest digest;
    e.reset();
    for (size_t i = 0; i < size; i++) {
        if (const Status status = e.step(prompt[i]); !status.ok()) {
            e.reset();
            return report(status, error);
        }
        atome::add_step(digest, e);
    }
    e.reset();
    if (got) *got = digest.value();
    if (digest.value() == expected) return report(ATOME_OK, "", error);
    return report(ATOME_WRONG_DIGEST,
                  "self-test: the digest is not the expected one: check the floating-point options of the "
                  "compiler, or the prompt and the window",
                  error);
}
