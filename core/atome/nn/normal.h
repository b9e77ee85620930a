// Standard normal numbers by Marsaglia's polar method (1964): needs only log and sqrt, which are ours, so
// that a seed gives the same numbers on every target.
#pragma once

#include "atome/base/math.h"
#include "atome/base/random.h"

namespace atome {

class Normal {
  public:
    explicit Normal(uint64_t seed) : random_(Random::mix(~seed)) {}
    float next() {
        if (has_spare_) {
            has_spare_ = false;
            return spare_;
        }
        for (;;) {
            const float u = 2 * random_.uniform() - 1, v = 2 * random_.uniform() - 1;
            const float s = u * u + v * v;
            if (s >= 1 || s < 1e-12f) continue;
            const float factor = sqrt(-2 * log(s) / s);
            spare_ = v * factor;
            has_spare_ = true;
            return u * factor;
        }
    }

  private:
    Random random_;
    float spare_ = 0;
    bool has_spare_ = false;
};

}  // namespace atome
