// A text in chunks that are predicted one by one, so that models of any vocabulary are measured on the same
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace atome {

// The tokens of a chunk. The first `given` stand for its first byte and are not predicted.
struct Chunk {
    const uint8_t* tokens;
    uint32_t size;
    uint32_t given;  // 1; 2 where the byte is no token of its own
};

class Chunks {
  public:
    // Cuts a text (n) into chunks of `bytes`, 2 <= bytes <= n; what is left at the end counts for nothing.
    // Each is encoded by itself: its first byte alone, then the others. vocabulary: a table that is valid, or
    // empty for bytes; then the chunks are the text's own bytes, which must outlive this.
    Chunks(const std::vector<uint8_t>& vocabulary, const uint8_t* text, std::size_t n, uint32_t bytes);

    std::size_t size() const { return count_; }
    Chunk at(std::size_t i) const;

  private:
    const uint8_t* text_;
    std::size_t count_;
    uint32_t bytes_;
    std::vector<uint8_t> tokens_;      // of a vocabulary
    std::vector<std::size_t> starts_;  // (count + 1)
    std::vector<uint8_t> given_;       // (count)
};

}  // namespace atome
