// One token in, the distribution of the next token out; texts in, and what follows them out.
#include <emscripten/bind.h>

#include "wasm/handles.h"
#include "wasm/js_options.h"

namespace atome::wasm {
namespace {

// Of StreamOptions.
Status read_limit(const val& options, float* limit) {
    Fields f(options);
    f.read("stop_when_unsure", limit);
    if (!(*limit >= 0 && *limit <= 1)) f.wrong("stop_when_unsure", "0..1");
    return f.status();
}

val open_stream(int handle, const val& options) {
    ATOME_FIND(models, m);
    EngineChoice choice;
    SamplerOptions sampling;
    ATOME_JS_TRY(read_engine(options, &choice));
    ATOME_JS_TRY(read_sampling(options, &sampling));
    float limit = 1;
    ATOME_JS_TRY(read_limit(options, &limit));
    std::unique_ptr<OpenStream> stream;
    ATOME_JS_TRY(OpenStream::open(m, choice, &stream));
    ATOME_JS_TRY(stream->stream().sampling(sampling));
    stream->limit = limit;
    return streams.add(std::move(stream));
}

val read(int handle, const val& text) {
    ATOME_FIND(streams, s);
    std::vector<uint8_t> tokens;
    ATOME_JS_TRY(s->read(bytes_from(text), &tokens));
    return object({{"tokens", tokens}});
}

val feed(int handle, const val& tokens) {
    ATOME_FIND(streams, s);
    for (const uint8_t token : bytes_from(tokens)) ATOME_JS_TRY(s->stream().feed(token));
    return val::object();
}

val sampling(int handle, const val& options) {
    ATOME_FIND(streams, s);
    SamplerOptions sampling;
    ATOME_JS_TRY(read_sampling(options, &sampling));
    ATOME_JS_TRY(s->stream().sampling(sampling));
    return val::object();
}

val reset(int handle) {
    ATOME_FIND(streams, s);
    s->stream().reset();
    return val::object();
}

val outputs(int handle) {
    ATOME_FIND(streams, s);
    // A text that has stopped has none yet.
    Stream& stream = s->stream();
    if (stream.position() > 0 && !stream.predicted()) ATOME_JS_TRY(stream.predict());
    Routing routing(stream.config(), 1);
    routing.record(stream, 0);
    return object({{"position", stream.position()},
                   {"escaped", stream.escaped()},
                   {"window", s->window()},
                   {"logits", s->logits()},
                   {"probabilities", s->probabilities()},
                   {"router", routing.router},
                   {"entropy", routing.entropy},
                   {"uncertainty", stream.uncertainty()}});
}

// n = 0: a single token, which is there however unsure the router.
val write(int handle, uint32_t n) {
    ATOME_FIND(streams, s);
    Written w;
    ATOME_JS_TRY(s->write(n, n == 0 ? 1 : s->limit, &w));
    return object({{"text", w.text},
                   {"tokens", w.tokens},
                   {"router", w.routing.router},
                   {"entropy", w.routing.entropy},
                   {"nats", w.nats},
                   {"unsure", w.unsure}});
}

val generate(int handle, uint32_t n) {
    if (n < 1 || n > 1'000'000)
        return failed(Status::error(Code::bad_argument, "n is ", n, ": use 1..1000000"));
    return write(handle, n);
}

val next(int handle) { return write(handle, 0); }

void close(int handle) { streams.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(stream) {
    using emscripten::function;
    function("openStream", &open_stream);
    function("streamRead", &read);
    function("streamFeed", &feed);
    function("streamSampling", &sampling);
    function("streamReset", &reset);
    function("streamOutputs", &outputs);
    function("streamGenerate", &generate);
    function("streamNext", &next);
    function("closeStream", &close);
}

}  // namespace atome::wasm
