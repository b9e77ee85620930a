#include "atome/tokens/encoded_text.h"

#include <algorithm>

namespace atome {

EncodedText::EncodedText(const Vocabulary& vocabulary, const uint8_t* text, std::size_t n)
    : text_(text), size_(n), encoder_(vocabulary) {
    encoder_.feed(text, n, &tokens_);
    encoder_.finish(&tokens_);
    offsets_.reserve(tokens_.size());
    uint32_t at = 0;
    for (std::size_t i = 0; i < tokens_.size(); i++) {
        offsets_.push_back(at);
        if (vocabulary.is_escape(tokens_[i])) {
            offsets_.push_back(at++);
            i++;
        } else {
            at += encoder_.length(tokens_[i]);
        }
    }
}

bool EncodedText::read(std::size_t start, uint32_t count, uint8_t* out, Reading* reading) {
    // Both encodings of what follows meet soon, mostly within a few bytes; where they have one token in
    // common, all behind it are: neighbours that may stand side by side make the one encoding of their text.
    for (std::size_t bytes = 64;; bytes *= 4) {
        const std::size_t n = std::min(bytes, size_ - start);
        head_.clear();
        encoder_.feed(text_ + start, 1, &head_);
        encoder_.finish(&head_);
        const std::size_t given = head_.size();
        encoder_.feed(text_ + start + 1, n - 1, &head_);
        encoder_.finish(&head_);
        std::size_t at = start + 1;
        auto next = std::lower_bound(offsets_.begin(), offsets_.end(), at);
        for (std::size_t i = given; i < head_.size(); i++) {
            next = std::lower_bound(next, offsets_.end(), at);
            if (next == offsets_.end()) break;
            const std::size_t token = static_cast<std::size_t>(next - offsets_.begin());
            if (*next == at && tokens_[token] == head_[i]) {
                const std::size_t own = std::min<std::size_t>(i, count), rest = count - own;
                if (rest > tokens_.size() - token) return false;
                std::copy_n(head_.begin(), own, out);
                std::copy_n(tokens_.begin() + static_cast<std::ptrdiff_t>(token), rest, out + own);
                *reading = {static_cast<uint32_t>(own), static_cast<uint32_t>(token)};
                return true;
            }
            if (encoder_.is_escape(head_[i])) {
                at++;
                i++;
            } else {
                at += encoder_.length(head_[i]);
            }
        }
        if (n < bytes) {  // to the end of the text without a token in common
            if (head_.size() < count) return false;
            std::copy_n(head_.begin(), count, out);
            *reading = {count, static_cast<uint32_t>(tokens_.size())};
            return true;
        }
    }
}

}  // namespace atome
