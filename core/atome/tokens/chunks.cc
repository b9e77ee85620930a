#include "atome/tokens/chunks.h"

#include <memory>

#include "atome/tokens/encoder.h"

namespace atome {

namespace {

// The shortest text for which the tables of an encoder pay; a page measures pieces of a few KB.
constexpr std::size_t kEncoderFrom = std::size_t{1} << 20;

}  // namespace

Chunks::Chunks(const std::vector<uint8_t>& table, const uint8_t* text, std::size_t n, uint32_t bytes)
    : text_(text), count_(n / bytes), bytes_(bytes) {
    if (table.empty()) return;
    Vocabulary vocabulary;
    if (!Vocabulary::open(table.data(), table.size(), &vocabulary).ok()) return;  // the caller's to check
    std::unique_ptr<Encoder> encoder;
    if (n >= kEncoderFrom) encoder = std::make_unique<Encoder>(vocabulary);
    const auto append = [&](const uint8_t* from, std::size_t size) {
        if (encoder) {
            encoder->feed(from, size, &tokens_);
            encoder->finish(&tokens_);
            return;
        }
        const std::size_t before = tokens_.size();
        tokens_.resize(before + 2 * size);
        tokens_.resize(before + vocabulary.encode(from, size, &tokens_[before]));
    };
    for (std::size_t i = 0; i < count_; i++) {
        starts_.push_back(tokens_.size());
        append(text + i * bytes, 1);
        given_.push_back(static_cast<uint8_t>(tokens_.size() - starts_.back()));
        append(text + i * bytes + 1, bytes - 1);
    }
    starts_.push_back(tokens_.size());
}

Chunk Chunks::at(std::size_t i) const {
    if (given_.empty()) return {text_ + i * bytes_, bytes_, 1};
    return {&tokens_[starts_[i]], static_cast<uint32_t>(starts_[i + 1] - starts_[i]), given_[i]};
}

}  // namespace atome
