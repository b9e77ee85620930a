// The k largest of a stream of scores, kept sorted: what attention attends to.
#pragma once

#include <stdint.h>

#include "atome/kernels/kernels.h"

namespace atome {

// Descending; equal scores keep the order in which they were offered, so offering the oldest position first
// makes a tie go to the oldest.
template <class Score>
class TopK {
  public:
    // scores and slots have room for k elements and outlive this object; k >= 1.
    TopK(uint32_t k, Score* scores, uint32_t* slots) : k_(k), scores_(scores), slots_(slots) {}

    void offer(Score score, uint32_t slot) {
        if (count_ == k_) {
            if (!(score > scores_[k_ - 1])) return;
        } else {
            count_++;
        }
        uint32_t at = count_ - 1;
        for (; at > 0 && score > scores_[at - 1]; at--) {
            scores_[at] = scores_[at - 1];
            slots_[at] = slots_[at - 1];
        }
        scores_[at] = score;
        slots_[at] = slot;
    }
    // Offers scores[0..n) with slots first, first + 1...; most of them are passed over by one comparison.
    void offer_run(const Kernels& kernels, const float* scores, uint32_t n, uint32_t first) {
        for (uint32_t i = 0; i < n; i++) {
            if (count_ == k_) i += kernels.first_above(scores + i, n - i, scores_[k_ - 1]);
            if (i < n) offer(scores[i], first + i);
        }
    }
    uint32_t count() const { return count_; }

  private:
    uint32_t k_;
    Score* scores_;
    uint32_t* slots_;
    uint32_t count_ = 0;
};

}  // namespace atome
