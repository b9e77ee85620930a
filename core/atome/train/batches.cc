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
    const bool automatic = o.tokenizer == Tokenizer::automatic;
    if (automatic ? n < kPairsFrom || V != Vocabulary::kMostTokens : o.tokenizer == Tokenizer::bytes)
        return {};
    const std::size_t train = split_text(n, o).train;
    std::vector<uint8_t> table = learn_vocabulary(text, train, o.merges);
    if (!automatic) return table;
    Vocabulary vocabulary;
    if (!Vocabulary::open(table.data(), table.size(), &vocabulary).ok()) return {};
    const std::size_t tokens = EncodedText(vocabulary, text, train).tokens().size();
    const bool pays = static_cast<double>(train) >= kBytesPerToken * static_cast<double>(tokens);
    return pays ? std::move(table) : std::vector<uint8_t>();
}

void Batches::place_starts(std::size_t n, const TrainOptions& o) {
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

Batches::Batches(const uint8_t* text, std::size_t n, const TrainOptions& o)
    : tokens_(text), seed_(o.seed), B_(o.batch) {
    place_starts(n, o);
}

Batches::Batches(EncodedText* text, const TrainOptions& o)
    : tokens_(text->tokens().data()), seed_(o.seed), B_(o.batch) {
    place_starts(text->tokens().size(), o);
    if (o.sampling == Sampling::chunks) return;
    text_ = text;
    // Behind the last of them T + 1 tokens are left.
    starts_ = static_cast<uint32_t>(text->byte_of(starts_ - 1) + 1);
}

void Batches::draw(uint64_t step, uint8_t* out, SequencePlace* places) const {
    // The generator of a step is far from those of its neighbours and of other seeds.
    Random random(Random::mix(Random::mix(seed_) + step));
    for (uint32_t b = 0; b < B_; b++, out += T_ + 1) {
        const uint32_t start = random.below(starts_) * stride_;
        EncodedText::Reading reading;
        if (text_ && text_->read(start, T_ + 1, out, &reading)) {
            // Target 0 is token 1 of the sequence.
            places[b] = {reading.from, reading.own - 1};
            continue;
        }
        // At the very end of a text the two encodings may differ in length: then its last tokens as they are.
        const std::size_t token = text_ ? text_->tokens().size() - T_ - 1 : start;
        std::copy_n(tokens_ + token, T_ + 1, out);
        places[b] = {static_cast<uint32_t>(token + 1), 0};
    }
}

}  // namespace atome
