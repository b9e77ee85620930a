#include "atome/infer/text_writer.h"

namespace atome {

size_t TextWriter::read(const uint8_t* text, size_t n, uint8_t* tokens) {
    if (n == 0) return 0;
    // The text to encode lies in the second half of the room for its tokens, which do not overtake it.
    const size_t all = held_size_ + n;
    for (size_t i = 0; i < all; i++) tokens[all + i] = i < held_size_ ? held_[i] : text[i - held_size_];
    const size_t count = vocabulary_.encode(tokens + all, all, tokens);
    held_size_ = 0;
    if (!vocabulary_) return count;
    bool value = false;  // whether the last token is the value of a byte
    for (size_t i = 0; i + 1 < count; i++) value = !value && vocabulary_.is_escape(tokens[i]);
    if (value) return count;
    held_size_ = static_cast<uint8_t>(vocabulary_.text(tokens[count - 1], held_));
    return count - 1;
}

bool TextWriter::begins_with_held(uint32_t token) const {
    uint8_t text[Vocabulary::kMostBytes];
    bool begins = vocabulary_.text(token, text) >= held_size_;
    for (uint32_t i = 0; i < held_size_ && begins; i++) begins = text[i] == held_[i];
    return begins;
}

Piece TextWriter::piece_of(uint32_t token) const {
    Piece piece;
    piece.token = token;
    uint8_t text[Vocabulary::kMostBytes];
    uint32_t n = 1;
    if (escaped_)
        text[0] = static_cast<uint8_t>(token);
    else
        n = vocabulary_.text(token, text);
    piece.size = 0;
    for (uint32_t i = held_size_; i < n; i++) piece.text[piece.size++] = text[i];
    return piece;
}

bool TextWriter::accept(const Piece& piece, uint32_t shown) {
    const bool whole = shown >= piece.size;
    if (whole) held_size_ = 0;
    for (uint32_t i = 0; !whole && i < shown && held_size_ < sizeof held_; i++)
        held_[held_size_++] = piece.text[i];
    return whole;
}

}  // namespace atome
