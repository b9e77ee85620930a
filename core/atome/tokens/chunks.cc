#include "atome/tokens/chunks.h"

#include "atome/tokens/encoder.h"

namespace atome {

Chunks::Chunks(const std::vector<uint8_t>& table, const uint8_t* text, std::size_t n, uint32_t bytes)
    : text_(text), count_(n / bytes), bytes_(bytes) {
    if (table.empty()) return;
    Vocabulary vocabulary;
    if (!Vocabulary::open(table.data(), table.size(), &vocabulary).ok()) return;  // the caller's to check
    Encoder encoder(vocabulary);
    for (std::size_t i = 0; i < count_; i++) {
        starts_.push_back(tokens_.size());
        encoder.feed(text + i * bytes, 1, &tokens_);
        encoder.finish(&tokens_);
        given_.push_back(static_cast<uint8_t>(tokens_.size() - starts_.back()));
        encoder.feed(text + i * bytes + 1, bytes - 1, &tokens_);
        encoder.finish(&tokens_);
    }
    starts_.push_back(tokens_.size());
}

Chunk Chunks::at(std::size_t i) const {
    if (given_.empty()) return {text_ + i * bytes_, bytes_, 1};
    return {&tokens_[starts_[i]], static_cast<uint32_t>(starts_[i + 1] - starts_[i]), given_[i]};
}

}  // namespace atome
