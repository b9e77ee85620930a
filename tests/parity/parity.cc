#include "tests/parity/parity.h"

#include "atome/base/bytes.h"
#include "atome/infer/stream.h"
#include "atome/infer/trace.h"
#include "atome/model/file_layout.h"

namespace atome::parity {

namespace {

Text hex(uint64_t number) {
    char digits[16];
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15u];
    return Text(TextView(digits, sizeof digits));
}

struct Result {
    Status status;
    uint64_t needed = 0;  // bytes of memory; where the port has fewer, nothing was done
    uint64_t position = 0;
    uint64_t digest = 0;
};

EngineOptions options_of(const Port& port, const Case& c) {
    return {.window = c.window, .unpack = port.unpack, .kernels = port.kernels};
}

bool has_plan(const Case& c) {
    ModelView model;
    uint32_t size = 0;
    return ModelView::open(c.blob, c.blob_size, &model).ok() && model.section(layout::kFixedKind, &size);
}

// The case's text at `to`, which has room for twice its bytes.
std::size_t tokens_of(const ModelView& model, const Case& c, uint8_t* to) {
    if (model.vocabulary()) return model.vocabulary().encode(c.text, c.n_text, to);
    for (std::size_t i = 0; i < c.n_text; i++) to[i] = c.text[i];
    return c.n_text;
}

// Every number that the model gives for the case's text. The tokens lie in front of the arena, of which the
// engine needs arena_bytes(model, options).
template <class E, class Options>
Result trace_text(const Port& port, const Case& c, const Options& options) {
    Result r;
    ModelView model;
    if (r.status = ModelView::open(c.blob, c.blob_size, &model); !r.status.ok()) return r;
    const std::size_t room = align_up<std::size_t>(2 * c.n_text, Arena::alignment);
    const uint64_t arena = arena_bytes(model, options, sizeof(void*));
    if (r.needed = room + arena; r.needed > port.memory_size) return r;
    const std::size_t n = tokens_of(model, c, port.memory);
    E engine;
    r.status = engine.init(model, options, port.memory + room, static_cast<std::size_t>(arena));
    if (r.status.ok())
        r.status = trace(
            engine, port.memory, n, c.n_greedy, &r.digest, [](std::size_t) {}, [](uint32_t) {});
    r.position = engine.position();
    return r;
}

// The text that the model writes behind the case's prompt. Scratch lies in front of the arena.
Result write_text(const Port& port, const Case& c, const SamplerOptions& sampling) {
    Result r;
    ModelView model;
    if (r.status = ModelView::open(c.blob, c.blob_size, &model); !r.status.ok()) return r;
    const std::size_t scratch = align_up<std::size_t>(TextWriter::room_for(c.n_prompt), Arena::alignment);
    const EngineOptions options = options_of(port, c);
    const uint64_t memory = stream_bytes(model, options);
    if (r.needed = scratch + memory; r.needed > port.memory_size) return r;
    FloatStream* stream = nullptr;
    r.status =
        FloatStream::create(model, options, port.memory + scratch, static_cast<std::size_t>(memory), &stream);
    if (r.status.ok()) r.status = stream->sampling(sampling);
    if (r.status.ok()) r.status = stream->read(c.text, c.n_prompt, port.memory);
    if (r.status.ok()) r.status = stream->begin();
    Digest digest;
    for (uint32_t n = 0; n < c.n_written && r.status.ok();) {
        const Piece piece = stream->choose();
        uint32_t shown = 0;
        for (; shown < piece.size && n < c.n_written; n++) digest.add(uint32_t{piece.text[shown++]});
        r.status = stream->accept(piece, shown);
    }
    if (stream) r.position = stream->engine().position();
    r.digest = digest.value();
    return r;
}

// Whether there was no error.
bool print(const Port& port, const Case& c, const char* what, const Result& r) {
    Text line("case ");
    line.append(c.name).append(what);
    if (!r.status.ok())
        line.append(" error: ").append(r.status.message());
    else if (r.needed > port.memory_size)
        line.append(" skipped: needs ")
            .append(r.needed)
            .append(" bytes of memory, has ")
            .append(static_cast<int64_t>(port.memory_size));
    else
        line.append(" tokens ")
            .append(static_cast<int64_t>(r.position))
            .append(" digest ")
            .append(hex(r.digest).view());
    port.write(line.append("\n").c_str());
    return r.status.ok();
}

}  // namespace

int run(const Port& port, CaseList list) {
    int errors = 0;
    for (std::size_t i = 0; i < list.count; i++) {
        const Case& c = list.cases[i];
        errors += !print(port, c, "", trace_text<Engine>(port, c, options_of(port, c)));
        if (has_plan(c)) {
            const FixedOptions options{.window = c.window, .kernels = port.fixed_kernels};
            errors += !print(port, c, "_fixed", trace_text<FixedEngine>(port, c, options));
        }
        if (c.n_written == 0) continue;
        errors += !print(port, c, "_greedy", write_text(port, c, {}));
        errors += !print(port, c, "_sampled",
                         write_text(port, c, {.temperature = 0.9f, .top_k = 0, .top_p = 0.95f, .seed = 3}));
    }
    return errors;
}

}  // namespace atome::parity
