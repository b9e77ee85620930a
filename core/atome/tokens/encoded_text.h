// A text as tokens that can be read from any of its bytes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/tokens/encoder.h"

namespace atome {

class EncodedText {
  public:
    EncodedText() = default;
    // Encodes a text (n bytes, below 4 GiB), which must outlive this as the vocabulary's table must.
    EncodedText(const Vocabulary& vocabulary, const uint8_t* text, std::size_t n);

    const std::vector<uint8_t>& tokens() const { return tokens_; }
    // The byte at which a token begins; the value behind an escape has the escape's.
    std::size_t byte_of(std::size_t token) const { return offsets_[token]; }

    // What a reading from some byte on has in common with tokens().
    struct Reading {
        uint32_t own;   // so many tokens are its own;
        uint32_t from;  // behind them it goes on with tokens()[from]
    };
    // Writes the first `count` tokens of the text from byte `start` on to `out`: its first byte alone, and
    // what follows encoded by itself, as in the chunks of chunks.h. False where the text has fewer.
    bool read(std::size_t start, uint32_t count, uint8_t* out, Reading* reading);

    std::size_t bytes() const { return size_; }

  private:
    const uint8_t* text_ = nullptr;
    std::size_t size_ = 0;
    Encoder encoder_{Vocabulary()};
    std::vector<uint8_t> tokens_;
    std::vector<uint32_t> offsets_;  // as tokens_
    std::vector<uint8_t> head_;
};

}  // namespace atome
