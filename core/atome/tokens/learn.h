// Learns a vocabulary of pairs from a text: merges the most frequent pair of neighbours again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/tokens/vocabulary.h"

namespace atome {

// The bytes of a Vocabulary. Byte tokens are the bytes that the text has; where it has all 256, the rarest
// (of several the largest) is left to the escape. A merge joins the two neighbours that stand together most
// often, counted at every position; of equals the smaller left, then the smaller right token. No merge that
// the rule does not allow, of more than 16 bytes of text, or of a text that is a token already; none that
// occurs less than twice; as many as find room. The text may be empty: then its one token is the new line.
// Memory: n bytes and half a megabyte. Time: some 160 passes over the text, which shrinks as it is merged.
std::vector<uint8_t> learn_vocabulary(const uint8_t* text, std::size_t n, MergeRule rule = MergeRule::words);

}  // namespace atome
