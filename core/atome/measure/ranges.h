// How large the numbers of a model get on a text: what the units of the fixed engine follow from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "atome/base/status.h"
#include "atome/infer/engine.h"

namespace atome {

// The largest sizes seen.
struct Ranges {
    struct Block {
        float h = 0;                                     // the normalised input
        float router = 0, query = 0, key = 0, gate = 0;  // of what it is multiplied by
        float state = 0;                                 // of the state itself
        float local = 0, sparse = 0;                     // of what pathways give, before their share
        float h2 = 0, hidden = 0, down = 0;              // of the feed-forward: input, squares, output
    };
    float x = 0;                // the residual stream, anywhere
    std::vector<Block> blocks;  // (L)
    float h = 0, logits = 0;    // of the last norm and product
};

// Runs the engine, which must have been initialised, over the tokens, from a fresh start every kAfresh of
// them. Errors: bad_argument (no tokens, or one outside the vocabulary), not_finite.
inline constexpr std::size_t kAfresh = 1024;
Status find_ranges(Engine& engine, std::span<const uint8_t> tokens, Ranges* out);

}  // namespace atome
