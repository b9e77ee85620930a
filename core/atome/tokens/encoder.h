// Text into tokens, piece by piece and in one pass: Vocabulary::encode() for texts of any length.
//
// Two tokens may stand side by side exactly when encoding their joint text gives them back, and a text's
// encoding is the one chain of tokens whose neighbours all may. So the last token of a text is found from the
// last tokens of shorter beginnings of it, and the chain from its end: the method of GitHub's `bpe` library
// (van Antwerpen and Neubeck 2024, "So many tokens, so little time").
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "atome/tokens/vocabulary.h"

namespace atome {

class Encoder {
  public:
    // The vocabulary's bytes must outlive this. Takes about a tenth of a second and a megabyte; without a
    // table nothing, and the text's bytes are its tokens.
    explicit Encoder(const Vocabulary& vocabulary);

    // Appends to `tokens` what can be said of the text so far; finish() appends the rest and starts a new
    // text. Between calls some 8 KB of text are kept.
    void feed(const uint8_t* text, std::size_t n, std::vector<uint8_t>* tokens);
    void finish(std::vector<uint8_t>* tokens);

    // Bytes of a token's text; 0 for an escape.
    uint32_t length(uint32_t token) const { return vocabulary_ ? lengths_[token] : 1; }
    bool is_escape(uint32_t token) const { return vocabulary_.is_escape(token); }

  private:
    bool may_follow(uint32_t left, uint32_t right) const {
        return (beside_[left * 8 + right / 32] >> right % 32 & 1u) != 0;
    }
    void add_byte(uint8_t token);
    void settle(std::vector<uint8_t>* tokens);
    void chain(std::size_t end, std::vector<uint8_t>* tokens) const;

    Vocabulary vocabulary_;
    std::vector<uint8_t> lengths_;    // (256)      bytes of text
    std::vector<uint8_t> own_;        // (256)      the byte's token; escape
    std::vector<uint32_t> beside_;    // (256, 8)   bits: may the token stand behind this one
    std::vector<uint16_t> children_;  // (nodes, 256)  of the tree of token texts read backwards; 0: none
    std::vector<uint8_t> at_node_;    // (nodes)    the token whose text ends here; escape: none
    std::vector<uint8_t> text_;       // own tokens of the bytes that are not settled
    std::vector<uint8_t> last_;       // the last token of the text up to each of them
    uint32_t before_ = 0;             // the last settled token; escape: none, or cut off
};

}  // namespace atome
