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

bool is_window(uint32_t window) { return window >= 1 && window <= atome::Limits::window; }

const ModelView& view(const atome_model* model) {
    return *std::launder(reinterpret_cast<const ModelView*>(model->opaque));
}

// Null where atome_open has not succeeded.
const ModelView* opened(const atome_model* model) {
    return model && view(model).data() ? &view(model) : nullptr;
}

// The engine object and what it works in. In 64 bits: the sum must not wrap around on a chip.
uint64_t needed_bytes(const ModelView& model, uint32_t window) {
    return kEngineBytes + atome::arena_bytes(model, {.window = window});
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

bool has_layer(const atome_engine* engine, uint32_t layer) {
    return engine && layer < engine->engine.config().n_layers;
}

Status feed(atome::Engine& engine, const uint8_t* tokens, size_t n) {
    for (size_t i = 0; i < n; i++) ATOME_TRY(engine.step(tokens[i]));
    return {};
}

constexpr const char* kNoEngine = "no engine: atome_init failed or was not called";

}  // namespace

atome_code atome_open(atome_model* model, const void* blob, size_t size, atome_error* error) {
    if (!model) return report(ATOME_BAD_ARGUMENT, "no atome_model to fill in", error);
    ModelView* v = new (model->opaque) ModelView;
    return report(ModelView::open(static_cast<const uint8_t*>(blob), size, v), error);
}

atome_info atome_describe(const atome_model* model) {
    const ModelView* v = opened(model);
    if (!v) return {};
    const atome::Config& c = v->config();
    return {c.vocab_size,  c.d_model, c.n_layers,          c.d_head,   c.top_k,
            c.kernel_size, c.d_ff,    c.active_pathways(), c.disabled, v->window()};
}

size_t atome_arena_size(const atome_model* model, uint32_t window) {
    const ModelView* v = opened(model);
    if (!v || !is_window(window)) return 0;
    const uint64_t needed = needed_bytes(*v, window);
    return needed <= SIZE_MAX ? static_cast<size_t>(needed) : 0;
}

atome_engine* atome_init(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                         atome_error* error) {
    const ModelView* v = opened(model);
    if (!v) {
        report(ATOME_BAD_ARGUMENT, "no model: atome_open failed or was not called", error);
        return nullptr;
    }
    if (!is_window(window)) {
        report(Status::error(Code::bad_argument, "window is ", window, ": use 1..", atome::Limits::window),
               error);
        return nullptr;
    }
    const uint64_t needed = needed_bytes(*v, window);
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
    const Status status = state->engine.init(
        *v, {.window = window}, static_cast<uint8_t*>(arena) + kEngineBytes, arena_size - kEngineBytes);
    report(status, error);
    return status.ok() ? state : nullptr;
}

void atome_reset(atome_engine* engine) {
    if (engine) engine->engine.reset();
}

atome_code atome_step(atome_engine* engine, uint32_t token, atome_error* error) {
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    return report(engine->engine.step(token), error);
}

const float* atome_logits(const atome_engine* engine) { return engine ? engine->engine.logits() : nullptr; }

const float* atome_router(const atome_engine* engine, uint32_t layer) {
    return has_layer(engine, layer) ? engine->engine.router(layer) : nullptr;
}

float atome_entropy(const atome_engine* engine, uint32_t layer) {
    return has_layer(engine, layer) ? engine->engine.entropy(layer) : 0;
}

uint64_t atome_position(const atome_engine* engine) { return engine ? engine->engine.position() : 0; }

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
    const uint8_t first = static_cast<uint8_t>(atome::first_token(V));
    const bool no_context = prompt_size == 0 && e.position() == 0;
    if (const Status status = no_context ? feed(e, &first, 1) : feed(e, prompt, prompt_size); !status.ok())
        return report(status, error);
    atome::Sampler sampler(options);
    for (size_t i = 0; i < n; i++) {
        const uint32_t token = sampler.sample(e.logits(), V);
        const int stop = sink(context, static_cast<uint8_t>(token));
        if (const Status status = e.step(token); !status.ok()) return report(status, error);
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
    if (!engine) return report(ATOME_BAD_ARGUMENT, kNoEngine, error);
    if (!prompt && size > 0)
        return report(Status::error(Code::bad_argument, "no prompt: a size of ", size, " needs its bytes"),
                      error);
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
