#include "atome/tokens/vocabulary.h"

namespace atome {

namespace {

template <class... Pieces>
Status bad_table_byte(size_t at, Pieces... pieces) {
    return Status::error(Code::bad_file, "vocabulary byte ", at, ": ", pieces...);
}

bool same_text(const uint8_t* a, const uint8_t* b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

}  // namespace

Status Vocabulary::open(const uint8_t* data, size_t size, Vocabulary* out) {
    if (!data || size < 4) return bad_table_byte(size, "it ends early: a vocabulary has at least 4 bytes");
    if (data[0] > kLastMergeRule) return bad_table_byte(0, "rule is ", data[0], ": use 0..", kLastMergeRule);
    const uint32_t n = data[1];
    if (n < 1) return bad_table_byte(1, "no byte has a token: use 1..255");
    if (size < 3 + n) return bad_table_byte(size, "it ends among its ", n, " bytes");
    for (uint32_t i = 1; i < n; i++)
        if (data[2 + i] <= data[1 + i])
            return bad_table_byte(2 + i, "byte ", data[2 + i], " does not come after ", data[1 + i]);
    const uint32_t m = data[2 + n];
    if (m > kMostTokens - 1 - n) return bad_table_byte(2 + n, m, " merges: use 0..", kMostTokens - 1 - n);
    if (size != 3 + n + 2 * m)
        return bad_table_byte(size, "it ends here: ", m, " merges end at byte ", 3 + n + 2 * m);
    Vocabulary v;
    v.data_ = data;
    uint8_t text[kMostBytes], other[kMostBytes];
    for (uint32_t i = 0; i < m; i++) {
        const uint32_t own = 1 + n + i, parts[2] = {v.left(i), v.right(i)};
        uint32_t length = 0;
        for (uint32_t side = 0; side < 2; side++) {
            if (parts[side] == kEscape || parts[side] >= own)
                return bad_table_byte(3 + n + 2 * i + side, "merge ", i, " joins token ", parts[side],
                                      ": use 1..", own - 1);
            length += v.text(parts[side], text);
        }
        if (length > kMostBytes)
            return bad_table_byte(3 + n + 2 * i, "merge ", i, " has ", length, " bytes of text: use at most ",
                                  kMostBytes);
        v.text(own, text);
        for (uint32_t earlier = 1; earlier < own; earlier++)
            if (v.text(earlier, other) == length && same_text(text, other, length))
                return bad_table_byte(3 + n + 2 * i, "merge ", i, " has the text of token ", earlier);
    }
    *out = v;
    return {};
}

Status Vocabulary::of(const uint8_t* data, size_t size, uint32_t V, Vocabulary* out) {
    if (size == 0) {
        *out = Vocabulary();
        return {};
    }
    if (V != kMostTokens)
        return Status::error(Code::bad_file, "a vocabulary of pairs is for vocab_size ", kMostTokens,
                             ": this model has ", V);
    return open(data, size, out);
}

uint32_t Vocabulary::text(uint32_t token, uint8_t* out) const {
    if (!data_) {
        out[0] = static_cast<uint8_t>(token);
        return 1;
    }
    if (token == kEscape || token >= tokens()) return 0;
    // What is still to be written, the next on top: a token has 16 bytes at most, so no more than 16 parts.
    uint8_t parts[kMostBytes];
    uint32_t waiting = 0, n = 0;
    parts[waiting++] = static_cast<uint8_t>(token);
    while (waiting > 0) {
        const uint32_t next = parts[--waiting];
        if (next <= bytes()) {
            out[n++] = data_[1 + next];
            continue;
        }
        const uint32_t merge = next - 1 - bytes();
        parts[waiting++] = static_cast<uint8_t>(right(merge));
        parts[waiting++] = static_cast<uint8_t>(left(merge));
    }
    return n;
}

uint32_t Vocabulary::token_of(uint8_t byte) const {
    if (!data_) return byte;
    uint32_t first = 0, end = bytes();
    while (first < end) {
        const uint32_t middle = (first + end) / 2;
        if (data_[2 + middle] < byte)
            first = middle + 1;
        else
            end = middle;
    }
    return first < bytes() && data_[2 + first] == byte ? 1 + first : kEscape;
}

size_t Vocabulary::encode(const uint8_t* text, size_t n, uint8_t* tokens) const {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t token = token_of(text[i]);
        tokens[count++] = static_cast<uint8_t>(token);
        if (is_escape(token)) tokens[count++] = text[i];
    }
    if (!data_) return count;
    for (uint32_t merge = 0; merge < merges(); merge++) {
        const uint32_t l = left(merge), r = right(merge);
        size_t kept = 0;
        for (size_t i = 0; i < count;) {
            if (tokens[i] == kEscape) {
                tokens[kept++] = tokens[i++];
                tokens[kept++] = tokens[i++];
            } else if (i + 1 < count && tokens[i] == l && tokens[i + 1] == r) {
                tokens[kept++] = static_cast<uint8_t>(1 + bytes() + merge);
                i += 2;
            } else {
                tokens[kept++] = tokens[i++];
            }
        }
        count = kept;
    }
    return count;
}

uint32_t TextOfTokens::add(uint32_t token, uint8_t* out) {
    if (escaped_) {
        escaped_ = false;
        out[0] = static_cast<uint8_t>(token);
        return 1;
    }
    escaped_ = vocabulary_.is_escape(token);
    return vocabulary_.text(token, out);
}

}  // namespace atome
