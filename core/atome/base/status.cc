#include "atome/base/status.h"

#include <algorithm>

namespace atome {

Text& Text::append(std::string_view s) {
    // xtl's silent policy does not clip by itself, so the length is clipped here.
    const std::size_t room = capacity - text_.size();
    text_.append(s.data(), std::min(room, s.size()));
    return *this;
}

Text& Text::append(int64_t n) {
    char digits[20];
    std::size_t first = sizeof digits;
    const bool negative = n < 0;
    uint64_t rest = negative ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
    do {
        digits[--first] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (negative) append(std::string_view("-"));
    return append(std::string_view(digits + first, sizeof digits - first));
}

}  // namespace atome
