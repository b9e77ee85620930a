#include "atome/tokens/learn.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>

#include "atome/tokens/vocabulary.h"

namespace atome {

namespace {

constexpr uint32_t kTokens = Vocabulary::kMostTokens;

std::vector<uint8_t> byte_tokens(const uint8_t* text, std::size_t n) {
    std::array<uint64_t, 256> counts{};
    for (std::size_t i = 0; i < n; i++) counts[text[i]]++;
    if (n == 0) counts['\n'] = 1;
    std::vector<uint8_t> bytes;
    for (uint32_t b = 0; b < 256; b++)
        if (counts[b] > 0) bytes.push_back(static_cast<uint8_t>(b));
    if (bytes.size() == 256) {
        uint32_t rarest = 255;
        for (uint32_t b = 255; b-- > 0;)
            if (counts[b] < counts[rarest]) rarest = b;
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(rarest));
    }
    return bytes;
}

// What a token's text is made of. Bytes beyond ASCII are parts of letters.
constexpr uint32_t kWhite = 1, kLetter = 2, kOther = 4;
struct Kinds {
    uint32_t has = 0;
    bool space = false;  // it is one space
};

Kinds kinds_of(uint8_t byte) {
    if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r') return {kWhite, byte == ' '};
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
    return {letter ? kLetter : kOther, false};
}

bool allows(MergeRule rule, const Kinds& left, const Kinds& right) {
    switch (rule) {
        case MergeRule::any:
            return true;
        case MergeRule::letters:
            return left.has == kLetter && right.has == kLetter;
        case MergeRule::words:
            if (right.has & kWhite) return left.has == kWhite && right.has == kWhite;
            // A space in front says nothing of the kind.
            return left.space || (left.has & ~kWhite) == right.has;
    }
    return false;
}

// A text as tokens, and how often each two of them are neighbours. Where a byte has no token of its own the
// text is cut: escape stands there, and is in no pair.
class Pairs {
  public:
    Pairs(const uint8_t* text, std::size_t n, const std::vector<uint8_t>& bytes)
        : tokens_(n), counts_(kTokens * kTokens) {
        std::array<uint8_t, 256> token{};
        for (std::size_t i = 0; i < bytes.size(); i++) token[bytes[i]] = static_cast<uint8_t>(1 + i);
        for (std::size_t i = 0; i < n; i++) tokens_[i] = token[text[i]];
        for (std::size_t i = 1; i < n; i++) count(tokens_[i - 1], tokens_[i], +1);
    }
    int64_t count(uint32_t left, uint32_t right) const { return counts_[left * kTokens + right]; }

    // Replaces the pair by `merged` from left to right.
    void merge(uint8_t left, uint8_t right, uint8_t merged) {
        uint8_t* const begin = tokens_.data();
        const uint8_t* const end = begin + tokens_.size();
        const uint8_t* from = begin;
        uint8_t* to = begin;
        while (from < end) {
            const auto* found =
                static_cast<const uint8_t*>(std::memchr(from, left, static_cast<std::size_t>(end - from)));
            if (!found) found = end;
            if (to != from) std::memmove(to, from, static_cast<std::size_t>(found - from));
            to += found - from;
            from = found;
            if (from == end) break;
            if (from + 1 == end || from[1] != right) {
                *to++ = *from++;
                continue;
            }
            count(left, right, -1);
            if (to > begin) {
                count(to[-1], left, -1);
                count(to[-1], merged, +1);
            }
            *to++ = merged;
            from += 2;
            if (from < end) {
                count(right, *from, -1);
                count(merged, *from, +1);
            }
        }
        tokens_.resize(static_cast<std::size_t>(to - begin));
    }

  private:
    void count(uint8_t left, uint8_t right, int64_t by) {
        if (left != Vocabulary::kEscape && right != Vocabulary::kEscape)
            counts_[left * kTokens + right] += by;
    }

    std::vector<uint8_t> tokens_;
    std::vector<int64_t> counts_;  // (256, 256)
};

}  // namespace

std::vector<uint8_t> learn_vocabulary(const uint8_t* text, std::size_t n, MergeRule rule) {
    const std::vector<uint8_t> bytes = byte_tokens(text, n);
    Pairs pairs(text, n, bytes);
    std::vector<std::string> texts = {""};  // by token
    for (const uint8_t byte : bytes) texts.emplace_back(1, static_cast<char>(byte));
    std::set<std::string> known(texts.begin(), texts.end());
    std::vector<uint8_t> merges;
    std::vector<Kinds> kinds = {{}};  // by token
    for (const uint8_t byte : bytes) kinds.push_back(kinds_of(byte));
    while (texts.size() < kTokens) {
        int64_t most = 1;
        uint32_t left = 0, right = 0;
        for (uint32_t l = 1; l < texts.size(); l++)
            for (uint32_t r = 1; r < texts.size(); r++)
                if (pairs.count(l, r) > most && texts[l].size() + texts[r].size() <= Vocabulary::kMostBytes &&
                    allows(rule, kinds[l], kinds[r]) && known.count(texts[l] + texts[r]) == 0) {
                    most = pairs.count(l, r);
                    left = l;
                    right = r;
                }
        if (most < 2) break;
        pairs.merge(static_cast<uint8_t>(left), static_cast<uint8_t>(right),
                    static_cast<uint8_t>(texts.size()));
        texts.push_back(texts[left] + texts[right]);
        known.insert(texts.back());
        kinds.push_back({kinds[left].has | kinds[right].has, false});
        merges.push_back(static_cast<uint8_t>(left));
        merges.push_back(static_cast<uint8_t>(right));
    }
    std::vector<uint8_t> out;
    out.push_back(static_cast<uint8_t>(rule));
    out.push_back(static_cast<uint8_t>(bytes.size()));
    for (const uint8_t byte : bytes) out.push_back(byte);
    out.push_back(static_cast<uint8_t>(merges.size() / 2));
    for (const uint8_t part : merges) out.push_back(part);
    return out;
}

}  // namespace atome
