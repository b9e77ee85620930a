// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, at most U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atome::cli {

inline constexpr uint32_t kInvalidUtf8 = 0xffffffffu;

// Bytes of the character that begins with this one; 0 where none does.
inline std::size_t utf8_length(char first) {
    const auto byte = static_cast<uint8_t>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xc2 || byte > 0xf4) return 0;
    return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
}

inline bool continues_utf8(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// The code point at text[i], whose length goes to `length`; kInvalidUtf8 and length 1 for a byte that does
// not belong to one.
inline uint32_t decode_utf8(std::string_view text, std::size_t i, std::size_t* length) {
    const std::size_t n = utf8_length(text[i]);
    uint32_t code = static_cast<uint8_t>(text[i]);
    *length = 1;
    if (n == 1) return code;
    if (n == 0 || i + n > text.size()) return kInvalidUtf8;
    code &= 0x7fu >> n;
    for (std::size_t k = 1; k < n; ++k) {
        if (!continues_utf8(text[i + k])) return kInvalidUtf8;
        code = code << 6 | (static_cast<uint8_t>(text[i + k]) & 0x3fu);
    }
    constexpr uint32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLowest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return kInvalidUtf8;
    *length = n;
    return code;
}

inline void append_utf8(uint32_t code, std::string* out) {
    const auto tail = [&](int shift) { out->push_back(static_cast<char>(0x80 | (code >> shift & 0x3f))); };
    if (code < 0x80) {
        out->push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out->push_back(static_cast<char>(0xc0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out->push_back(static_cast<char>(0xe0 | code >> 12));
        tail(6);
        tail(0);
    } else {
        out->push_back(static_cast<char>(0xf0 | code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace atome::cli
