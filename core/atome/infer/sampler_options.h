// How the next byte is chosen, by either engine's sampler.
#pragma once

#include <stdint.h>

#include "atome/base/status.h"

namespace atome {

struct SamplerOptions {
    float temperature = 0;  // 0: greedy, the largest logit (ties: the lowest byte); else 0.01..100
    uint32_t top_k = 0;     // keep the k most probable bytes; 0: all
    float top_p = 1;        // keep the fewest most probable bytes whose probabilities reach p; (0, 1]
    uint64_t seed = 0;
};

// Errors: bad_argument.
Status validate(const SamplerOptions& options);

}  // namespace atome
