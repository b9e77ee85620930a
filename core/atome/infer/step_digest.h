// What a digest of a stream is made of, on every target.
#pragma once

#include "atome/base/digest.h"
#include "atome/infer/engine.h"

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

}  // namespace atome
