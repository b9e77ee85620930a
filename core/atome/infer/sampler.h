// Chooses the next byte from logits: greedy, or by temperature, top-k and top-p (nucleus sampling,
// Holtzman et al. 2019, arXiv:1904.09751), from a seed. Same bytes on every target.
#pragma once

#include <stdint.h>

#include "atome/base/random.h"
#include "atome/infer/sampler_options.h"
#include "atome/kernels/kernels.h"

namespace atome {

// The largest of x (n), n >= 1; of equal ones the first.
template <class T>
uint32_t argmax(const T* x, uint32_t n) {
    T most = x[0];
    for (uint32_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    uint32_t best = 0;
    while (best + 1 < n && x[best] != most) best++;
    return best;
}

class Sampler {
  public:
    Sampler() = default;
    // Options must be valid. kernels: whose softmax to use; they all give the same bits.
    explicit Sampler(const SamplerOptions& options, const Kernels& kernels = scalar_kernels())
        : options_(options), kernels_(&kernels), random_(options.seed) {}

    // The next token from logits (V), V in 1..256. Unless greedy, logits are overwritten: they become
    // probabilities, in place.
    uint32_t sample(float* logits, uint32_t V);
    // What a token that is out of question has: below every other logit, also where a low temperature
    // multiplies it.
    static constexpr float kNever = -1e35f;
    // Starts the random numbers again.
    void restart() { random_ = Random(options_.seed); }

  private:
    SamplerOptions options_;
    const Kernels* kernels_ = nullptr;
    Random random_;
};

}  // namespace atome
