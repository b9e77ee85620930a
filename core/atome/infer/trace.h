// What a model says of every position of a text, and the digest of it that all targets share.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/digest.h"
#include "atome/infer/engine.h"
#include "atome/infer/fixed/engine.h"
#include "atome/infer/sampler.h"

namespace atome {

// Adds the raw bits of the engine's last step: V logits, then for each layer P router weights and the
// entropy.
inline void add_step(Digest& digest, const Engine& engine) {
    const Config& c = engine.config();
    digest.add(engine.logits(), c.vocab_size);
    for (uint32_t l = 0; l < c.n_layers; l++) {
        digest.add(engine.router(l), c.active_pathways());
        const float entropy = engine.entropy(l);
        digest.add(&entropy, 1);
    }
}

// The same of the fixed engine: each number as a word.
inline void add_step(Digest& digest, const FixedEngine& engine) {
    const Config& c = engine.config();
    const auto add = [&digest](int32_t number) { digest.add(static_cast<uint32_t>(number)); };
    for (uint32_t v = 0; v < c.vocab_size; v++) add(engine.logits()[v]);
    for (uint32_t l = 0; l < c.n_layers; l++) {
        for (uint32_t p = 0; p < c.active_pathways(); p++) add(engine.router(l)[p]);
        add(engine.entropy(l));
    }
}

// What either engine says as a float: logits in nats, shares of 1, entropies in nats. The fixed engine has
// log2 in Q8, and Q15.
inline float logit_in_nats(float logit) { return logit; }
inline float logit_in_nats(int16_t logit) { return static_cast<float>(logit) * (0.69314718f / 256); }
inline float as_float(float v) { return v; }
inline float as_float(uint16_t v) { return static_cast<float>(v) * (1.0f / 32768); }

// Feeds the tokens (n) to an engine that has seen nothing, then the most probable continuation of `greedy`
// tokens, of which the last is not fed: nothing would be read from it. After each token fed calls
// at(position), when the engine has its results; for each of the continuation, before, chosen(token).
// digest: of every position. Errors: those of the engine's step().
template <class E, class At, class Chosen>
Status trace(E& engine, const uint8_t* tokens, size_t n, size_t greedy, uint64_t* digest, At at,
             Chosen chosen) {
    Digest sum;
    for (size_t i = 0; i < n + greedy; i++) {
        uint32_t token = 0;
        if (i < n) {
            token = tokens[i];
        } else {
            token = argmax(engine.logits(), engine.config().vocab_size);
            chosen(token);
            if (i + 1 == n + greedy) break;
        }
        ATOME_TRY(engine.step(token));
        add_step(sum, engine);
        at(i);
    }
    *digest = sum.value();
    return {};
}

}  // namespace atome
