// Chooses the next token from the fixed engine's logits in whole numbers. The rules are those of
// infer/sampler.h, the roundings its own: of one seed the two engines write different texts.
#pragma once

#include <stdint.h>

#include "atome/base/random.h"
#include "atome/infer/sampler.h"

namespace atome {

class FixedSampler {
  public:
    FixedSampler() = default;
    // Options must be valid.
    explicit FixedSampler(const SamplerOptions& options);

    // The next token from logits (V), log2 in Q8; V in 1..256. One at the least that 16 bits hold is never
    // chosen where there is another. Unless greedy, logits are overwritten: they become weights, as uint16_t.
    uint32_t sample(int16_t* logits, uint32_t V);
    // What a token that is out of question has.
    static constexpr int16_t kNever = -32768;
    // Starts the random numbers again.
    void restart() { random_ = Random(seed_); }

  private:
    uint32_t inverse_ = 0;  // of the temperature, 2^inverse_shift_ times; 0: greedy
    uint32_t inverse_shift_ = 0;
    uint32_t top_k_ = 0;
    uint32_t top_p_ = 0;  // Q15
    uint64_t seed_ = 0;
    Random random_;
};

}  // namespace atome
