#include "atome/measure/trace.h"

#include <algorithm>

#include "atome/infer/trace.h"

namespace atome {

Routing::Routing(const Config& c, std::size_t positions)
    : router(positions * c.n_layers * c.active_pathways()), entropy(positions * c.n_layers) {}

void Routing::record(const Engine& engine, std::size_t t) {
    const Config& c = engine.config();
    const std::size_t P = c.active_pathways(), T = entropy.size() / c.n_layers;
    for (uint32_t l = 0; l < c.n_layers; l++) {
        std::copy_n(engine.router(l), P, &router[(l * T + t) * P]);
        entropy[l * T + t] = engine.entropy(l);
    }
}

Status record_trace(Engine& engine, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    const Config& c = engine.config();
    const std::size_t T = tokens.size(), V = c.vocab_size;
    Trace t;
    t.tokens = std::move(tokens);
    t.logits.resize(T * V);
    t.routing = Routing(c, T);
    const auto record = [&](std::size_t i) {
        if (i >= T) return;  // of the continuation only the digest is kept
        std::copy_n(engine.logits(), V, &t.logits[i * V]);
        t.routing.record(engine, i);
    };
    const auto chosen = [&](uint32_t token) { t.greedy.push_back(static_cast<uint8_t>(token)); };
    const Status status = trace(engine, t.tokens.data(), T, greedy, &t.digest, record, chosen);
    if (!status.ok())
        return Status::error(status.code(), "position ", engine.position(), ": ", status.message());
    *out = std::move(t);
    return {};
}

}  // namespace atome
