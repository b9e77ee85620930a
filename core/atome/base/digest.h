// A 64-bit digest over the raw bits of numbers, for parity between targets. FNV-1a over 32-bit words with
// a final mix; not cryptographic.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/math.h"

namespace atome {

class Digest {
  public:
    void add(uint32_t word) { state_ = (state_ ^ word) * 0x100000001B3ull; }
    void add(const float* values, size_t n) {
        for (size_t i = 0; i < n; i++) add(bits_as<uint32_t>(values[i]));
    }
    // Their number (modulo 2^32) and each of them as a word.
    void add(const uint8_t* bytes, size_t n) {
        add(static_cast<uint32_t>(n));
        for (size_t i = 0; i < n; i++) add(static_cast<uint32_t>(bytes[i]));
    }
    uint64_t value() const {
        uint64_t h = state_;
        h = (h ^ (h >> 32)) * 0x9E3779B97F4A7C15ull;
        return h ^ (h >> 29);
    }

  private:
    uint64_t state_ = 0xCBF29CE484222325ull;
};

// Of the bytes of a text or a file.
inline uint64_t digest_of(const uint8_t* bytes, size_t n) {
    Digest d;
    d.add(bytes, n);
    return d.value();
}

}  // namespace atome
