// A byte n-gram model with Witten-Bell interpolation: the floor that a network of the same size has to beat.
//
// Witten & Bell, The zero-frequency problem, IEEE Transactions on Information Theory 37(4), 1991 (method C);
// Bell, Cleary & Witten, Text Compression, 1990. With c(h, w) how often byte w followed the context h in the
// training text, N(h) the sum of that over w, and T(h) the number of different w:
//
//     P(w | h) = (c(h, w) + T(h) P(w | h without its first byte)) / (N(h) + T(h))
//
// A context that was never seen leaves the shorter one's P. The empty context's is interpolated with 1/256.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "atome/base/status.h"

namespace atome {

class NgramModel {
  public:
    static constexpr uint32_t kMaxOrder = 6;  // so that a context and its next byte fit 64 bits

    // Counts all contexts of 0..order bytes of the text, at every position that has so many bytes before it.
    // Takes time n log n a length and 12 bytes a pair. Errors: bad_argument (order over kMaxOrder, a text
    // that is empty or over 2 GiB).
    static Status train(std::span<const uint8_t> text, uint32_t order, NgramModel* out);

    uint32_t order() const { return static_cast<uint32_t>(levels_.size()) - 1; }
    // P(next | the last bytes of `context`), as many as order() or as there are. In (0, 1]; sums to 1 over
    // all bytes.
    double probability(std::span<const uint8_t> context, uint8_t next) const;

    // Different (context, next byte) pairs and different contexts, of all lengths together.
    uint64_t pairs() const;
    uint64_t contexts() const;
    // The tables as a chip could hold them: a byte and a 32-bit count a pair, in order of the contexts, and
    // for each context the 32-bit index of its first pair (its N and T follow from its pairs).
    uint64_t table_bytes() const { return pairs() * 5 + contexts() * 4; }

  private:
    struct Level {                   // contexts of one length
        std::vector<uint64_t> keys;  // the context's bytes, the oldest highest, then the next byte; ascending
        std::vector<uint32_t> counts;  // as keys
    };
    std::vector<Level> levels_;  // by length
};

}  // namespace atome
