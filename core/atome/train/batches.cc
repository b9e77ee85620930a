#include "atome/train/batches.h"

#include <algorithm>

#include "atome/base/random.h"
#include "atome/tokens/learn.h"
#include "atome/tokens/vocabulary.h"

namespace atome {

TextSplit split_text(std::size_t bytes, const TrainOptions& o) {
    const std::size_t seq = o.chunk(), chunks = bytes / seq;
    if (chunks < 2) return {bytes, 0};
    // The share is a float: 1e-6 keeps 0.9 of 10 chunks from becoming 8.
    const double keep = (1 - static_cast<double>(o.valid_share)) * static_cast<double>(chunks) +
                        1e-6 * static_cast<double>(chunks);
    const std::size_t train = std::clamp<std::size_t>(static_cast<std::size_t>(keep), 1, chunks);
    return {train * seq, (chunks - train) * seq};
}

std::vector<uint8_t> choose_vocabulary(const uint8_t* text, std::size_t n, const TrainOptions& o,
                                       uint32_t V) {
    const bool pairs = o.tokenizer == Tokenizer::pairs || (o.tokenizer == Tokenizer::automatic &&
                                                           n >= kPairsFrom && V == Vocabulary::kMostTokens);
    return pairs ? learn_vocabulary(text, split_text(n, o).train) : std::vector<uint8_t>();
}

Batches::Batches(const uint8_t* tokens, std::size_t n, const TrainOptions& o)
    : tokens_(tokens), seed_(o.seed), B_(o.batch) {
    if (o.sampling == Sampling::chunks && n >= o.seq) {
        T_ = o.seq - 1;
        stride_ = o.seq;
        starts_ = static_cast<uint32_t>(n / o.seq);
    } else {
        // A text shorter than one window is one sequence.
        T_ = static_cast<uint32_t>(std::min<std::size_t>(o.seq, n - 1));
        stride_ = 1;
        starts_ = static_cast<uint32_t>(n - T_);
    }
}

void Batches::draw(uint64_t step, uint8_t* out, uint32_t* starts) const {
    // The generator of a step is far from those of its neighbours and of other seeds.
    Random random(Random::mix(Random::mix(seed_) + step));
    for (uint32_t b = 0; b < B_; b++) {
        starts[b] = random.below(starts_) * stride_;
        out = std::copy_n(tokens_ + starts[b], T_ + 1, out);
    }
}

}  // namespace atome
