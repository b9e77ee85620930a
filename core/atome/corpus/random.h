// A small integer generator: the same numbers for the same seed on every platform.
#pragma once

#include <cstdint>

namespace atome::corpus {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Integers only;
// std::uniform_int_distribution is not used because its results differ between standard libraries.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    // 0..n-1, n >= 1. The bias is below n / 2^32: nothing that a corpus could show.
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }

  private:
    uint64_t state_;
};

}  // namespace atome::corpus
