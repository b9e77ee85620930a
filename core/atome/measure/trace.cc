#include "atome/measure/trace.h"

#include <algorithm>

#include "atome/infer/trace.h"

namespace atome {

Status record_trace(Engine& engine, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out) {
    const Config& c = engine.config();
    const std::size_t T = tokens.size(), V = c.vocab_size, L = c.n_layers, P = c.active_pathways();
    Trace t;
    t.tokens = std::move(tokens);
    t.logits.resize(T * V);
    t.router.resize(L * T * P);
    t.entropy.resize(L * T);
    const auto record = [&](std::size_t i) {
        if (i >= T) return;  // of the continuation only the digest is kept
        std::copy_n(engine.logits(), V, &t.logits[i * V]);
        for (uint32_t l = 0; l < L; l++) {
            std::copy_n(engine.router(l), P, &t.router[(l * T + i) * P]);
            t.entropy[l * T + i] = engine.entropy(l);
        }
    };
    const auto chosen = [&](uint32_t token) { t.greedy.push_back(static_cast<uint8_t>(token)); };
    const Status status = trace(engine, t.tokens.data(), T, greedy, &t.digest, record, chosen);
    if (!status.ok())
        return Status::error(status.code(), "position ", engine.position(), ": ", status.message());
    *out = std::move(t);
    return {};
}

}  // namespace atome
