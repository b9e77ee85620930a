// Splits a text and draws training batches from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/nn/soft_targets.h"
#include "atome/tokens/encoded_text.h"
#include "atome/train/options.h"

namespace atome {

// The training part is the first round(chunks * (1 - valid_share)) chunks of o.chunk() bytes, rounded down;
// the validation part is the rest of the whole chunks. Bytes after the last whole chunk are not used.
struct TextSplit {
    std::size_t train = 0;  // bytes from the start
    std::size_t valid = 0;  // bytes behind them
};
TextSplit split_text(std::size_t bytes, const TrainOptions& options);

// The vocabulary of a fresh model of V tokens for a text (n): learned from the training part where tokens are
// to be pairs; empty for bytes.
std::vector<uint8_t> choose_vocabulary(const uint8_t* text, std::size_t n, const TrainOptions& options,
                                       uint32_t V);
// The shortest text that `automatic` takes pairs for: of 20,000 bytes, TinyStories gained 0.22 bits per byte
// of validation text and Shakespeare lost 0.14; of 60,000 both gained more than 0.35; of 5,000 both lost 2.
// And what a token must stand for on average: random bytes have nothing to merge.
inline constexpr std::size_t kPairsFrom = 20'000;
inline constexpr double kBytesPerToken = 1.25;

// Draws the batch of a step: a function of the seed and the step alone, so that a resumed run sees what the
// run that was never stopped sees.
class Batches {
  public:
    // Of a text whose tokens are bytes (n), n >= 2, which must outlive this.
    Batches(const uint8_t* text, std::size_t n, const TrainOptions& options);
    // Of a text of pairs, at least 2 tokens. Windows start at any byte and read as EncodedText::read() does,
    // so that a model learns how the chunks begin on which it is measured, and texts that begin within a
    // word.
    Batches(EncodedText* text, const TrainOptions& options);

    uint32_t positions() const { return T_; }  // T: predictions of one sequence
    // out (B, T + 1); places (B): where each sequence's targets are in the text's tokens.
    void draw(uint64_t step, uint8_t* out, SequencePlace* places) const;

  private:
    void place_starts(std::size_t n, const TrainOptions& options);

    const uint8_t* tokens_;
    EncodedText* text_ = nullptr;  // where windows start at bytes
    uint64_t seed_;
    uint32_t B_, T_;
    uint32_t starts_;  // how many places a sequence may start at
    uint32_t stride_;  // tokens between two of them
};

}  // namespace atome
