// One byte in, the distribution of the next byte out.
#include <emscripten/bind.h>

#include "wasm/handles.h"
#include "wasm/js_options.h"

namespace atome::wasm {
namespace {

val open_stream(int handle, const val& options) {
    ATOME_FIND(models, m);
    uint32_t window = 0;
    SamplerOptions sampling;
    ATOME_JS_TRY(read_window(options, &window));
    ATOME_JS_TRY(read_sampling(options, &sampling));
    std::unique_ptr<OpenStream> stream;
    ATOME_JS_TRY(OpenStream::open(m, window, &stream));
    ATOME_JS_TRY(stream->stream().sampling(sampling));
    return streams.add(std::move(stream));
}

val feed(int handle, const val& tokens) {
    ATOME_FIND(streams, s);
    const std::vector<uint8_t> bytes = bytes_from(tokens);
    ATOME_JS_TRY(s->stream().feed(bytes.data(), bytes.size()));
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
    const Engine& e = s->engine();
    Routing routing(e.config(), 1);
    routing.record(e, 0);
    return object({{"position", e.position()},
                   {"window", e.window()},
                   {"logits", copy_of("Float32Array", e.logits(), e.config().vocab_size)},
                   {"probabilities", s->probabilities()},
                   {"router", routing.router},
                   {"entropy", routing.entropy}});
}

val generate(int handle, uint32_t n) {
    ATOME_FIND(streams, s);
    if (n < 1 || n > 1'000'000)
        return failed(Status::error(Code::bad_argument, "n is ", n, ": use 1..1000000"));
    std::vector<uint8_t> tokens(n);
    std::vector<float> nats(n);
    Routing routing(s->engine().config(), n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t token = 0;
        ATOME_JS_TRY(s->next(&token, &nats[i]));
        tokens[i] = static_cast<uint8_t>(token);
        routing.record(s->engine(), i);
    }
    return object(
        {{"tokens", tokens}, {"router", routing.router}, {"entropy", routing.entropy}, {"nats", nats}});
}

void close(int handle) { streams.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(stream) {
    using emscripten::function;
    function("openStream", &open_stream);
    function("streamFeed", &feed);
    function("streamSampling", &sampling);
    function("streamReset", &reset);
    function("streamOutputs", &outputs);
    function("streamGenerate", &generate);
    function("closeStream", &close);
}

}  // namespace atome::wasm
