#include "atome/measure/trace.h"

#include <algorithm>

#include "atome/infer/trace.h"

namespace atome {

Routing::Routing(const Config& c, std::size_t positions)
    : router(positions * c.n_layers * c.active_pathways()), entropy(positions * c.n_layers) {}

void Routing::record(const Stream& stream, std::size_t t) {
    const Config& c = stream.config();
    const std::size_t P = c.active_pathways(), T = entropy.size() / c.n_layers;
    for (uint32_t l = 0; l < c.n_layers; l++) {
        for (uint32_t p = 0; p < P; p++) router[(l * T + t) * P + p] = stream.router(l, p);
        entropy[l * T + t] = stream.entropy(l);
    }
}

template <class E>
Status record_trace(StreamOf<E>& stream, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    E& engine = stream.engine();
    const Config& c = engine.config();
    const std::size_t T = tokens.size(), V = c.vocab_size;
    Trace t;
    t.tokens = std::move(tokens);
    t.logits.resize(T * V);
    t.routing = Routing(c, T);
    const auto record = [&](std::size_t i) {
        if (i >= T) return;  // of the continuation only the digest is kept
        for (std::size_t v = 0; v < V; v++) t.logits[i * V + v] = logit_in_nats(engine.logits()[v]);
        t.routing.record(stream, i);
    };
    const auto chosen = [&](uint32_t token) { t.greedy.push_back(static_cast<uint8_t>(token)); };
    const Status status = trace(engine, t.tokens.data(), T, greedy, &t.digest, record, chosen);
    if (!status.ok())
        return Status::error(status.code(), "position ", engine.position(), ": ", status.message());
    *out = std::move(t);
    return {};
}

template Status record_trace(FloatStream&, std::vector<uint8_t>, uint32_t, Trace*);
template Status record_trace(FixedStream&, std::vector<uint8_t>, uint32_t, Trace*);

}  // namespace atome
