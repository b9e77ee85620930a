// Learned gains: a factor for each row of a coded matrix. Training keeps a float; what it stands for, and
// what files hold, is the nearest n / 64 with n a byte, 1..255.
#pragma once

#include <stdint.h>

#include "atome/base/math.h"

namespace atome {

// Exact.
ATOME_INLINE float gain_of(uint8_t n) { return static_cast<float>(n) * (1.0f / 64); }

// Rounds half to even, then clamps; x is finite.
ATOME_INLINE uint8_t nearest_gain(float x) {
    const float n = round_within(64.0f * x, 255.0f);
    return n < 1.0f ? uint8_t{1} : static_cast<uint8_t>(n);
}

// What multiplies the codes of a row: the one rounding that a gain brings. An element is this times its code.
ATOME_INLINE float scale_with_gain(float scale, uint8_t n) { return scale * gain_of(n); }

}  // namespace atome
