// A small seeded generator of random numbers: the same sequence on every target.
#pragma once

#include <stdint.h>

namespace atome {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Integers only;
// the standard library's distributions are not used, because they differ between implementations.
class Random {
  public:
    explicit Random(uint64_t seed = 0) : state_(seed) {}

    uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15ull); }
    // 0..n-1, n >= 1. The bias is below n / 2^32.
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }
    // Uniform in [0, 1): 24 random bits.
    float uniform() { return static_cast<float>(next() >> 40) * (1.0f / 16777216.0f); }

    // A bijection of 64-bit numbers that leaves no likeness between neighbours: seeds from counters.
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }

  private:
    uint64_t state_;
};

}  // namespace atome
