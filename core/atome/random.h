// A small seeded generator of random numbers: the same sequence on every target.
#pragma once

#include <cstdint>

namespace atome {

// PCG32 (O'Neill 2014, pcg-random.org): 64 bits of state, 32 bits out.
class Random {
  public:
    explicit Random(uint64_t seed = 0) : state_(seed + kIncrement) { next(); }
    uint32_t next() {
        const uint64_t old = state_;
        state_ = old * 6364136223846793005ull + kIncrement;
        const uint32_t shifted = static_cast<uint32_t>(((old >> 18) ^ old) >> 27);
        const uint32_t turn = static_cast<uint32_t>(old >> 59);
        return shifted >> turn | shifted << ((32 - turn) & 31);
    }
    // Uniform in [0, 1): 24 random bits.
    float uniform() { return static_cast<float>(next() >> 8) * (1.0f / 16777216.0f); }
    // Uniform in [0, n), n >= 1.
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(static_cast<uint64_t>(next()) * n >> 32); }

    uint64_t state() const { return state_; }
    void set_state(uint64_t state) { state_ = state; }

  private:
    static constexpr uint64_t kIncrement = 1442695040888963407ull;
    uint64_t state_;
};

}  // namespace atome
