#include "atome/measure/trace.h"

#include <algorithm>

#include "atome/infer/trace.h"

namespace atome {

Routing::Routing(const Config& c, std::size_t positions)
    : router(positions * c.n_layers * c.active_pathways()), entropy(positions * c.n_layers) {}

namespace {

template <class E>
void record_step(const E& engine, std::size_t t, Routing* out) {
    const Config& c = engine.config();
    const std::size_t P = c.active_pathways(), T = out->entropy.size() / c.n_layers;
    for (uint32_t l = 0; l < c.n_layers; l++) {
        for (std::size_t p = 0; p < P; p++) out->router[(l * T + t) * P + p] = as_float(engine.router(l)[p]);
        out->entropy[l * T + t] = as_float(engine.entropy(l));
    }
}

template <class E>
Status record_all(E& engine, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    const Config& c = engine.config();
    const std::size_t T = tokens.size(), V = c.vocab_size;
    Trace t;
    t.tokens = std::move(tokens);
    t.logits.resize(T * V);
    t.routing = Routing(c, T);
    const auto record = [&](std::size_t i) {
        if (i >= T) return;  // of the continuation only the digest is kept
        for (std::size_t v = 0; v < V; v++) t.logits[i * V + v] = logit_in_nats(engine.logits()[v]);
        t.routing.record(engine, i);
    };
    const auto chosen = [&](uint32_t token) { t.greedy.push_back(static_cast<uint8_t>(token)); };
    const Status status = trace(engine, t.tokens.data(), T, greedy, &t.digest, record, chosen);
    if (!status.ok())
        return Status::error(status.code(), "position ", engine.position(), ": ", status.message());
    *out = std::move(t);
    return {};
}

}  // namespace

void Routing::record(const Engine& engine, std::size_t t) { record_step(engine, t, this); }
void Routing::record(const FixedEngine& engine, std::size_t t) { record_step(engine, t, this); }

Status record_trace(Engine& engine, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    return record_all(engine, std::move(tokens), greedy, out);
}
Status record_trace(FixedEngine& engine, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    return record_all(engine, std::move(tokens), greedy, out);
}

}  // namespace atome
