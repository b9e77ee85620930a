// Between a text and the tokens of a model that continues it: what is read becomes tokens, and the tokens
// chosen become text, also where the text that was read ends within what would be one token.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/infer/sampler.h"
#include "atome/tokens/vocabulary.h"

namespace atome {

// A token that was chosen, and the text that it adds to what has been read and written.
struct Piece {
    uint32_t token;
    uint32_t size;  // bytes of text: none for an escape, and where all of the token's has been read
    uint8_t text[Vocabulary::kMostBytes];
};

// The end of a text that was read is held back where it may be the beginning of a longer token: choose() then
// chooses among all tokens that begin with it ("token healing"). Bytes that are no tokens, and texts without
// a vocabulary, hold nothing back.
class TextWriter {
  public:
    TextWriter() = default;
    // V: the model's tokens. The vocabulary's table must outlive this.
    TextWriter(const Vocabulary& vocabulary, uint32_t V) : vocabulary_(vocabulary), V_(V) {}

    // Writes to `tokens` those to feed for a text (n bytes) that follows what has been read and written, and
    // returns how many. An empty text changes nothing. tokens: room_for(n) bytes.
    size_t read(const uint8_t* text, size_t n, uint8_t* tokens);
    static constexpr size_t room_for(size_t n) { return 2 * (n + Vocabulary::kMostBytes); }

    // The next token by the model's logits (V), which lose those of tokens that are out of question and,
    // unless greedy, become probabilities.
    template <class AnySampler, class Logit>
    Piece choose(AnySampler& sampler, Logit* logits) const {
        if (held_size_ > 0) keep_held(logits, AnySampler::kNever);
        return piece_of(sampler.sample(logits, choices()));
    }
    // Takes what was chosen as written, or only the first `shown` bytes of its text; these are then held
    // back. Whether the token is to be fed.
    bool accept(const Piece& piece, uint32_t shown);
    // To be called for every token that is fed.
    void fed(uint32_t token) { escaped_ = !escaped_ && vocabulary_.is_escape(token); }
    // Whether the token to come is the value of a byte.
    bool escaped() const { return escaped_; }
    // Whether text has been read that is not fed yet.
    bool holds() const { return held_size_ > 0; }

    const Vocabulary& vocabulary() const { return vocabulary_; }

  private:
    // Tokens that stand for nothing come last and are never chosen; the value behind an escape may be any.
    uint32_t choices() const { return vocabulary_ && !escaped_ ? vocabulary_.tokens() : V_; }
    bool begins_with_held(uint32_t token) const;
    Piece piece_of(uint32_t token) const;
    template <class Logit>
    void keep_held(Logit* logits, Logit never) const {
        for (uint32_t token = 0; token < choices(); token++)
            if (!begins_with_held(token)) logits[token] = never;
    }

    Vocabulary vocabulary_;
    uint32_t V_ = 0;
    uint8_t held_[Vocabulary::kMostBytes];  // text that was read and is not fed yet
    uint8_t held_size_ = 0;
    bool escaped_ = false;  // the last token fed was an escape
};

}  // namespace atome
