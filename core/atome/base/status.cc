#include "atome/base/status.h"

namespace atome {

Text& Text::operator=(const Text& other) {
    for (std::size_t i = 0; i <= other.size_; i++) chars_[i] = other.chars_[i];
    size_ = other.size_;
    return *this;
}

Text& Text::append(std::string_view s) {
    const std::size_t room = capacity - size_;
    const std::size_t n = s.size() < room ? s.size() : room;
    for (std::size_t i = 0; i < n; i++) chars_[size_ + i] = s[i];
    size_ = static_cast<uint8_t>(size_ + n);
    chars_[size_] = 0;
    if (n < s.size())
        for (std::size_t i = 1; i <= 3; i++) chars_[capacity - i] = '.';
    return *this;
}

Text& Text::append(int64_t n) {
    if (n >= 0) return append(static_cast<uint64_t>(n));
    return append(std::string_view("-")).append(0 - static_cast<uint64_t>(n));
}

Text& Text::append(uint64_t n) {
    char digits[20];
    std::size_t first = sizeof digits;
    do {
        digits[--first] = static_cast<char>('0' + n % 10);
        n /= 10;
    } while (n != 0);
    return append(std::string_view(digits + first, sizeof digits - first));
}

}  // namespace atome
