#include "atome/base/status.h"

namespace atome {

TextView name(Code code) {
    constexpr const char* kNames[] = {"ok",           "bad_config",    "bad_file",
                                      "unsupported",  "bad_alignment", "arena_too_small",
                                      "bad_argument", "not_finite",    "out_of_memory"};
    static_assert(sizeof kNames / sizeof kNames[0] == static_cast<size_t>(Code::out_of_memory) + 1,
                  "one for each");
    return kNames[static_cast<size_t>(code)];
}

Text& Text::operator=(const Text& other) {
    for (size_t i = 0; i <= other.size_; i++) chars_[i] = other.chars_[i];
    size_ = other.size_;
    return *this;
}

Text& Text::append(TextView s) {
    const size_t room = capacity - size_;
    const size_t n = s.size() < room ? s.size() : room;
    for (size_t i = 0; i < n; i++) chars_[size_ + i] = s[i];
    size_ = static_cast<uint8_t>(size_ + n);
    chars_[size_] = 0;
    if (n < s.size())
        for (size_t i = 1; i <= 3; i++) chars_[capacity - i] = '.';
    return *this;
}

// None of these is inline: messages are many, and each piece of one should be no more than a call.
Text& Text::append(const char* s) { return append(TextView(s)); }
Text& Text::append(int n) { return append(static_cast<long long>(n)); }
Text& Text::append(long n) { return append(static_cast<long long>(n)); }
Text& Text::append(unsigned n) { return append(static_cast<unsigned long long>(n)); }
Text& Text::append(unsigned long n) { return append(static_cast<unsigned long long>(n)); }

Text& Text::append(long long n) {
    if (n >= 0) return append(static_cast<unsigned long long>(n));
    return append("-").append(0 - static_cast<unsigned long long>(n));
}

Text& Text::append(unsigned long long n) {
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = static_cast<char>('0' + n % 10);
        n /= 10;
    } while (n != 0);
    return append(TextView(digits + first, sizeof digits - first));
}

}  // namespace atome
