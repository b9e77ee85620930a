#include "atome/tokens/encoder.h"

#include <algorithm>

namespace atome {

namespace {

constexpr uint32_t kTokens = Vocabulary::kMostTokens, kMost = Vocabulary::kMostBytes;
constexpr std::size_t kSettleAt = 8192;  // unsettled bytes

}  // namespace

Encoder::Encoder(const Vocabulary& vocabulary)
    : vocabulary_(vocabulary),
      lengths_(kTokens),
      own_(256),
      beside_(kTokens * 8),
      children_(256),
      at_node_(1) {
    for (uint32_t b = 0; b < 256; b++)
        own_[b] = static_cast<uint8_t>(vocabulary.token_of(static_cast<uint8_t>(b)));
    if (!vocabulary) return;
    uint8_t text[2 * kMost], tokens[4 * kMost];
    const uint32_t n = vocabulary.tokens();
    for (uint32_t t = 1; t < n; t++) {
        lengths_[t] = static_cast<uint8_t>(vocabulary.text(t, text));
        // A token that its own text does not give is never written.
        if (vocabulary.encode(text, lengths_[t], tokens) != 1) continue;
        uint32_t node = 0;
        for (uint32_t i = lengths_[t]; i-- > 0;) {
            const std::size_t at = node * 256 + own_[text[i]];
            if (children_[at] == 0) {
                children_[at] = static_cast<uint16_t>(at_node_.size());
                at_node_.push_back(0);
                children_.resize(children_.size() + 256);
            }
            node = children_[at];
        }
        at_node_[node] = static_cast<uint8_t>(t);
    }
    for (uint32_t l = 1; l < n; l++)
        for (uint32_t r = 1; r < n; r++) {
            const uint32_t first = vocabulary.text(l, text), second = vocabulary.text(r, text + first);
            if (vocabulary.encode(text, first + second, tokens) == 2 && tokens[0] == l && tokens[1] == r)
                beside_[l * 8 + r / 32] |= 1u << r % 32;
        }
}

void Encoder::feed(const uint8_t* text, std::size_t n, std::vector<uint8_t>* tokens) {
    if (!vocabulary_) {
        tokens->insert(tokens->end(), text, text + n);
        return;
    }
    for (std::size_t i = 0; i < n; i++) {
        const uint8_t token = own_[text[i]];
        if (token == Vocabulary::kEscape) {
            finish(tokens);
            tokens->push_back(Vocabulary::kEscape);
            tokens->push_back(text[i]);
            continue;
        }
        add_byte(token);
        if (text_.size() >= kSettleAt) settle(tokens);
    }
}

// Finds the last token of the text that ends with this byte.
void Encoder::add_byte(uint8_t token) {
    text_.push_back(token);
    uint32_t node = 0;
    for (std::size_t start = text_.size(); start-- > 0;) {
        node = children_[node * 256 + text_[start]];
        if (node == 0) break;
        const uint32_t t = at_node_[node];
        if (t == Vocabulary::kEscape) continue;
        const uint32_t left = start > 0 ? last_[start - 1] : before_;
        if (left == Vocabulary::kEscape || may_follow(left, t)) {
            last_.push_back(static_cast<uint8_t>(t));
            return;
        }
    }
}

// Appends the chain of tokens that ends at `end`.
void Encoder::chain(std::size_t end, std::vector<uint8_t>* tokens) const {
    const std::size_t first = tokens->size();
    for (; end > 0; end -= lengths_[last_[end - 1]]) tokens->push_back(last_[end - 1]);
    std::reverse(tokens->begin() + static_cast<std::ptrdiff_t>(first), tokens->end());
}

// Appends what no further text can change: the chain up to where those of the last kMost ends have come
// together.
void Encoder::settle(std::vector<uint8_t>* tokens) {
    std::size_t ends[kMost];
    for (std::size_t i = 0; i < kMost; i++) ends[i] = text_.size() - i;
    for (;;) {
        std::size_t* latest = std::max_element(ends, ends + kMost);
        if (*latest == *std::min_element(ends, ends + kMost)) break;
        *latest -= lengths_[last_[*latest - 1]];
    }
    const std::size_t settled = ends[0];
    if (settled == 0) return;
    chain(settled, tokens);
    before_ = last_[settled - 1];
    text_.erase(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(settled));
    last_.erase(last_.begin(), last_.begin() + static_cast<std::ptrdiff_t>(settled));
}

void Encoder::finish(std::vector<uint8_t>* tokens) {
    chain(text_.size(), tokens);
    text_.clear();
    last_.clear();
    before_ = Vocabulary::kEscape;
}

}  // namespace atome
