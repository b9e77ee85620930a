// Vocabularies of pairs: what each token of a model stands for, as it lies in a file. After Gage 1994 ("A new
// algorithm for data compression") and Sennrich et al. 2016 (arXiv:1508.07909).
//
// A token is an index 0..255. Token 0 is `escape`: the token behind it is not one of the vocabulary but the
// value of a byte. Then come the bytes that have a token of their own, ascending; then merges of two earlier
// tokens, in order of rank. A token has 1 to 16 bytes of text. Tokens beyond the last merge stand for
// nothing.
//
//     byte 0        the rule by which merges were chosen (MergeRule)
//     byte 1        n, how many bytes have a token, 1..255
//     n bytes       which, ascending
//     1 byte        m, how many merges, 0..255 - n
//     2 m bytes     for each the tokens that it joins, left and right
//
// Every string of bytes can be written, and what is written gives it back.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/status.h"

namespace atome {

// Which neighbours learning merges. It says nothing about how a text is encoded.
enum class MergeRule : uint8_t {
    any = 0,
    // White space joins white space, and a space what follows it; letters, other characters each their own
    // kind.
    words = 1,
    letters = 2,  // letters join letters, and nothing else
};
constexpr uint8_t kLastMergeRule = 2;

class Vocabulary {
  public:
    static constexpr uint32_t kEscape = 0;
    static constexpr uint32_t kMostTokens = 256;
    static constexpr uint32_t kMostBytes = 16;  // of a token's text

    Vocabulary() = default;
    // Checks the whole table and keeps a pointer to it: the bytes must stay where they are, unchanged. No
    // heap and 64 bytes of stack, so that the table may lie in flash. Errors: bad_file (which byte and why).
    static Status open(const uint8_t* data, size_t size, Vocabulary* out);
    // open() for a model of V tokens, which must be 256: its table may name any. A model of bytes has no
    // table (size 0): *out is none. Errors: bad_file.
    static Status of(const uint8_t* data, size_t size, uint32_t V, Vocabulary* out);

    // Whether there is a table. Without one every token is the byte of its value: all below but bytes(),
    // merges(), left() and right() may be called.
    explicit operator bool() const { return data_ != nullptr; }

    // Tokens that stand for something: escape, bytes and merges.
    uint32_t tokens() const { return data_ ? 1 + bytes() + merges() : kMostTokens; }
    const uint8_t* data() const { return data_; }
    size_t size() const { return data_ ? 3 + size_t{bytes()} + 2 * size_t{merges()} : 0; }
    uint32_t bytes() const { return data_[1]; }
    uint32_t merges() const { return data_[2 + bytes()]; }
    // Of merge 0, 1...
    uint32_t left(uint32_t merge) const { return data_[3 + bytes() + 2 * merge]; }
    uint32_t right(uint32_t merge) const { return data_[4 + bytes() + 2 * merge]; }

    // Whether the token behind this one is the value of a byte.
    bool is_escape(uint32_t token) const { return data_ && token == kEscape; }
    // Writes a token's text to out (kMostBytes) and returns its length: 0 for escape and for tokens that
    // stand for nothing.
    uint32_t text(uint32_t token, uint8_t* out) const;
    // The token of one byte; one that is_escape() where it has none.
    uint32_t token_of(uint8_t byte) const;

    // The tokens of a text: each byte's own token, or escape and its value; then the merges in order of rank,
    // each from left to right. `tokens` has room for 2 n, in whose second half the text may lie; returns how
    // many there are. This is the definition;
    // encoder.h does the same for long texts.
    size_t encode(const uint8_t* text, size_t n, uint8_t* tokens) const;

  private:
    const uint8_t* data_ = nullptr;
};

// From tokens to text, one token at a time.
class TextOfTokens {
  public:
    TextOfTokens() = default;
    explicit TextOfTokens(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}
    // Writes what the token adds to the text to out (Vocabulary::kMostBytes), and returns how many bytes.
    uint32_t add(uint32_t token, uint8_t* out);

  private:
    Vocabulary vocabulary_;
    bool escaped_ = false;
};

}  // namespace atome
