// Vocabularies of pairs: learning against a plain definition, encoding against Vocabulary::encode(), every
// string round-trips, and tables that are none are refused.
#include "atome/tokens/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "atome/base/random.h"
#include "atome/tokens/chunks.h"
#include "atome/tokens/encoded_text.h"
#include "atome/tokens/encoder.h"
#include "atome/tokens/learn.h"

namespace atome::test {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
constexpr MergeRule kRules[] = {MergeRule::any, MergeRule::words, MergeRule::letters};
Bytes learned(const Bytes& text, MergeRule rule = MergeRule::any) {
    return learn_vocabulary(text.data(), text.size(), rule);
}
Vocabulary opened(const Bytes& table) {
    Vocabulary v;
    const Status s = Vocabulary::open(table.data(), table.size(), &v);
    EXPECT_TRUE(s.ok()) << s.c_str();
    return v;
}
std::string text_of(const Vocabulary& v, uint32_t token) {
    uint8_t out[Vocabulary::kMostBytes];
    return std::string(out, out + v.text(token, out));
}
Bytes encoded(const Vocabulary& v, const Bytes& text) {
    Bytes tokens(2 * text.size());
    tokens.resize(v.encode(text.data(), text.size(), tokens.data()));
    return tokens;
}
Bytes decoded(const Vocabulary& v, const Bytes& tokens) {
    TextOfTokens decoder(v);
    Bytes text;
    for (const uint8_t token : tokens) {
        uint8_t out[Vocabulary::kMostBytes];
        text.insert(text.end(), out, out + decoder.add(token, out));
    }
    return text;
}

// Texts of several kinds: few letters in long runs, words, all bytes.
Bytes some_text(Random& random, uint32_t kind, std::size_t n) {
    const uint32_t letters = kind == 0 ? 2 : kind == 1 ? 4 : kind == 2 ? 20 : 256;
    Bytes text;
    while (text.size() < n) {
        if (kind == 2 && random.below(3) > 0) {
            const char* words[] = {"the ", "cat ", "and ", "a dog ", "went ", "them.\n", "there "};
            for (const char* c = words[random.below(7)]; *c; c++) text.push_back(static_cast<uint8_t>(*c));
        } else {
            const uint8_t byte =
                static_cast<uint8_t>(letters == 256 ? random.below(256) : 'a' + random.below(letters));
            text.insert(text.end(), 1 + (random.below(3) == 0 ? random.below(6) : 0), byte);
        }
    }
    text.resize(n);
    return text;
}

// Whether a rule allows a token of these two texts, by the classes of their characters.
bool allowed_by(MergeRule rule, const std::string& left, const std::string& right) {
    const auto classes = [](const std::string& text) {
        std::string found;
        for (const unsigned char c : text)
            found += std::string_view(" \n\t\r").find(static_cast<char>(c)) != std::string_view::npos ? 'w'
                     : c >= 0x80 || std::isalpha(c)                                                   ? 'l'
                                                                                                      : 'o';
        return found;
    };
    const auto all = [](const std::string& text, char c) {
        return text.find_first_not_of(c) == std::string::npos;
    };
    const std::string l = classes(left), r = classes(right);
    if (rule == MergeRule::any) return true;
    if (rule == MergeRule::letters) return all(l + r, 'l');
    if (all(l + r, 'w')) return true;
    const std::string rest = left[0] == ' ' ? l.substr(1) : l;
    return all(rest + r, 'l') || all(rest + r, 'o');
}

// The rules of learn.h, with every pair counted anew for every merge.
Bytes learned_plainly(const Bytes& text, MergeRule rule = MergeRule::any) {
    std::map<uint8_t, uint64_t> counts;
    for (const uint8_t byte : text) counts[byte]++;
    if (text.empty()) counts['\n'] = 1;
    Bytes table = {static_cast<uint8_t>(rule), 0};
    uint8_t rarest = 0;
    uint64_t fewest = ~uint64_t{0};
    for (const auto& [byte, n] : counts)
        if (n <= fewest) {
            fewest = n;
            rarest = byte;
        }
    for (const auto& [byte, n] : counts)
        if (counts.size() < 256 || byte != rarest) table.push_back(byte);
    table[1] = static_cast<uint8_t>(table.size() - 2);
    const std::size_t merges_at = table.size();
    table.push_back(0);
    for (;;) {
        const Vocabulary v = opened(table);
        if (v.tokens() == Vocabulary::kMostTokens) return table;
        std::map<std::pair<uint8_t, uint8_t>, uint64_t> pairs;  // ordered as ties are
        const Bytes tokens = encoded(v, text);
        for (std::size_t i = 0; i + 1 < tokens.size(); i++) {
            if (tokens[i] == Vocabulary::kEscape)
                i++;
            else if (tokens[i + 1] != Vocabulary::kEscape)
                pairs[{tokens[i], tokens[i + 1]}]++;
        }
        std::pair<uint8_t, uint8_t> best;
        uint64_t most = 1;
        for (const auto& [pair, n] : pairs) {
            const std::string joint = text_of(v, pair.first) + text_of(v, pair.second);
            bool allowed = n > most && joint.size() <= Vocabulary::kMostBytes &&
                           allowed_by(rule, text_of(v, pair.first), text_of(v, pair.second));
            for (uint32_t t = 1; t < v.tokens() && allowed; t++) allowed = text_of(v, t) != joint;
            if (!allowed) continue;
            most = n;
            best = pair;
        }
        if (most < 2) return table;
        table.push_back(best.first);
        table.push_back(best.second);
        table[merges_at]++;
    }
}

TEST(Vocabulary, ASmallTextByHand) {
    // (b, a), (a, n), (n, a) occur 1, 2, 2 times: of equals the smaller left token.
    const Bytes table = learned(bytes_of("banana"));
    EXPECT_EQ(table, (Bytes{0, 3, 'a', 'b', 'n', 1, 1, 3}));
    const Vocabulary v = opened(table);
    EXPECT_EQ(v.tokens(), 5u);
    EXPECT_EQ(text_of(v, 4), "an");
    EXPECT_EQ(encoded(v, bytes_of("banana")), (Bytes{2, 4, 4, 1}));
    EXPECT_EQ(encoded(v, bytes_of("bax")), (Bytes{2, 1, 0, 'x'}));
    EXPECT_EQ(text_of(v, 0), "");
    EXPECT_EQ(text_of(v, 5), "");
}

TEST(Vocabulary, LearningIsThatOfThePlainRules) {
    Random random(1);
    for (uint32_t kind = 0; kind < 4; kind++)
        for (const std::size_t n : {0u, 1u, 2u, 3u, 30u, 300u, 1500u}) {
            const Bytes text = some_text(random, kind, n);
            for (const MergeRule rule : kRules)
                EXPECT_EQ(learned(text, rule), learned_plainly(text, rule)) << kind << " " << n;
        }
    Bytes all = some_text(random, 2, 2000);
    for (int b = 0; b < 256; b++) all.push_back(static_cast<uint8_t>(b));
    EXPECT_EQ(learned(all), learned_plainly(all));
    const Bytes full = learned(all);
    EXPECT_EQ(opened(full).bytes(), 255u);
}

TEST(Vocabulary, TheEncoderIsTheDefinition) {
    Random random(2);
    std::size_t shorter = 0;
    for (uint32_t kind = 0; kind < 4; kind++)
        for (int round = 0; round < 8; round++) {
            const Bytes table = learned(some_text(random, kind, 200 + random.below(3000)));
            const Vocabulary v = opened(table);
            Encoder encoder(v);
            for (const std::size_t n : {0u, 1u, 5u, 17u, 400u, 20000u}) {
                const Bytes text = some_text(random, random.below(4), n);
                Bytes tokens;
                for (std::size_t at = 0; at < n;) {
                    const std::size_t piece = std::min<std::size_t>(n - at, 1 + random.below(3000));
                    encoder.feed(text.data() + at, piece, &tokens);
                    at += piece;
                }
                encoder.finish(&tokens);
                ASSERT_EQ(tokens, encoded(v, text)) << kind << " " << round << " " << n;
                ASSERT_EQ(decoded(v, tokens), text);
                shorter += tokens.size() < n;
            }
        }
    EXPECT_GT(shorter, 20u);
}

// What encoding and decoding give, within the room that is asked for.
bool round_trips(const Vocabulary& v, const uint8_t* text, std::size_t n) {
    uint8_t tokens[64], piece[Vocabulary::kMostBytes];
    const std::size_t count = v.encode(text, n, tokens);
    TextOfTokens decoder(v);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; i++) {
        const uint32_t size = decoder.add(tokens[i], piece);
        if (at + size > n || !std::equal(piece, piece + size, text + at)) return false;
        at += size;
    }
    return count <= 2 * n && at == n;
}

TEST(Vocabulary, EveryStringRoundTrips) {
    Random random(3);
    Bytes all = some_text(random, 2, 2000);
    for (int b = 0; b < 256; b++) all.push_back(static_cast<uint8_t>(b));
    const Bytes tables[] = {learned({}), learned(some_text(random, 0, 500)),
                            learned(some_text(random, 2, 5000)), learned(all)};
    std::vector<Vocabulary> vocabularies;
    for (const Bytes& table : tables) vocabularies.push_back(opened(table));
    uint8_t text[16];
    for (const Vocabulary& v : vocabularies)
        for (uint32_t pair = 0; pair < 65536; pair++) {
            text[0] = static_cast<uint8_t>(pair);
            text[1] = static_cast<uint8_t>(pair >> 8);
            ASSERT_TRUE(round_trips(v, text, 1) && round_trips(v, text, 2)) << pair;
        }
    for (int i = 0; i < 1'000'000; i++) {
        const std::size_t n = random.below(16);
        const uint32_t letters = 1 + random.below(20);
        for (std::size_t k = 0; k < n; k++) {
            const uint64_t bits = random.next() >> 32;
            text[k] = static_cast<uint8_t>(bits % 4 > 0 ? 'a' + (bits >> 8) % letters : bits >> 8);
        }
        ASSERT_TRUE(round_trips(vocabularies[i % 4], text, n)) << i;
    }
}

// Reading from any byte on is the first byte's token and the encoding of what follows, and says where it and
// the whole text's encoding are the same.
TEST(EncodedText, ReadsFromAnyByteOn) {
    Random random(4);
    std::size_t short_of_tokens = 0, found = 0;
    for (uint32_t kind = 0; kind < 4; kind++)
        for (const MergeRule rule : kRules) {
            const Bytes text = some_text(random, kind, 3000);
            const Bytes table = learned(some_text(random, kind, 2500), rule);
            const Vocabulary v = opened(table);
            EncodedText read(v, text.data(), text.size());
            ASSERT_EQ(read.tokens(), encoded(v, text));
            for (int i = 0; i < 300; i++) {
                const std::size_t start = random.below(static_cast<uint32_t>(text.size()));
                Bytes expected = encoded(v, {text[start]});
                const Bytes rest =
                    encoded(v, Bytes(text.begin() + static_cast<std::ptrdiff_t>(start) + 1, text.end()));
                expected.insert(expected.end(), rest.begin(), rest.end());
                const uint32_t count = 1 + random.below(80);
                Bytes out(count);
                EncodedText::Reading reading;
                if (!read.read(start, count, out.data(), &reading)) {
                    ASSERT_LT(expected.size(), count);
                    short_of_tokens++;
                    continue;
                }
                expected.resize(count);
                ASSERT_EQ(out, expected) << kind << " " << start;
                for (uint32_t t = reading.own; t < count; t++)
                    ASSERT_EQ(out[t], read.tokens()[reading.from + (t - reading.own)]);
                if (reading.own < count) {
                    const std::size_t own_bytes =
                        decoded(v, Bytes(out.begin(), out.begin() + reading.own)).size();
                    ASSERT_EQ(read.byte_of(reading.from), start + own_bytes);
                    found++;
                }
            }
        }
    EXPECT_GT(short_of_tokens, 5u);
    EXPECT_GT(found, 2000u);
}

TEST(Chunks, EachIsEncodedByItself) {
    Random random(5);
    const Bytes text = some_text(random, 2, 1003);
    const Bytes table = learned(some_text(random, 0, 100));  // most bytes are no tokens
    for (const Bytes& t : {Bytes(), table, learned(text)}) {
        Vocabulary v;
        ASSERT_TRUE(Vocabulary::of(t.data(), t.size(), 256, &v).ok());
        const Chunks chunks(t, text.data(), text.size(), 20);
        ASSERT_EQ(chunks.size(), 50u);
        for (std::size_t i = 0; i < chunks.size(); i++) {
            const auto first = text.begin() + static_cast<std::ptrdiff_t>(20 * i);
            const Chunk c = chunks.at(i);
            EXPECT_EQ(Bytes(c.tokens, c.tokens + c.given), encoded(v, {*first}));
            EXPECT_EQ(Bytes(c.tokens + c.given, c.tokens + c.size), encoded(v, Bytes(first + 1, first + 20)));
        }
    }
}

TEST(Vocabulary, WithoutATableTokensAreBytes) {
    Vocabulary v;
    ASSERT_TRUE(Vocabulary::of(nullptr, 0, 20, &v).ok());
    Bytes all(256), tokens;
    for (std::size_t b = 0; b < 256; b++) all[b] = static_cast<uint8_t>(b);
    EXPECT_EQ(encoded(v, all), all);
    EXPECT_EQ(decoded(v, all), all);
    EXPECT_EQ(text_of(v, 7), "\7");
    EXPECT_FALSE(v.is_escape(0));
    Encoder encoder(v);
    encoder.feed(all.data(), all.size(), &tokens);
    encoder.finish(&tokens);
    EXPECT_EQ(tokens, all);
    const Bytes table = learned(all);
    EXPECT_EQ(Vocabulary::of(table.data(), table.size(), 255, &v).code(), Code::bad_file);
    EXPECT_TRUE(Vocabulary::of(table.data(), table.size(), 256, &v).ok());
}

TEST(Vocabulary, TokensAreNoLongerThanTheirLimit) {
    const Bytes runs(100000, 'a');
    const Bytes table = learned(runs);
    const Vocabulary v = opened(table);
    uint32_t longest = 0;
    for (uint32_t t = 0; t < 256; t++)
        longest = std::max(longest, static_cast<uint32_t>(text_of(v, t).size()));
    EXPECT_EQ(longest, Vocabulary::kMostBytes);
    EXPECT_EQ(encoded(v, runs).size(), runs.size() / Vocabulary::kMostBytes);
}

TEST(Vocabulary, TablesThatAreNoneAreRefused) {
    const Bytes good = {0, 2, 'a', 'b', 2, 1, 2, 3, 1};  // "ab", "aba"
    EXPECT_EQ(text_of(opened(good), 4), "aba");
    const auto error = [](Bytes table) {
        Vocabulary v;
        const Status s = Vocabulary::open(table.data(), table.size(), &v);
        EXPECT_EQ(s.code(), Code::bad_file);
        EXPECT_FALSE(v);
        return std::string(s.message());
    };
    const auto changed = [&](std::size_t at, uint8_t value) {
        Bytes table = good;
        table[at] = value;
        return error(table);
    };
    EXPECT_EQ(error({}), "vocabulary byte 0: it ends early: a vocabulary has at least 4 bytes");
    EXPECT_EQ(changed(0, 3), "vocabulary byte 0: rule is 3: use 0..2");
    EXPECT_EQ(changed(1, 0), "vocabulary byte 1: no byte has a token: use 1..255");
    EXPECT_EQ(changed(1, 200), "vocabulary byte 9: it ends among its 200 bytes");
    EXPECT_EQ(changed(3, 'a'), "vocabulary byte 3: byte 97 does not come after 97");
    EXPECT_EQ(changed(4, 254), "vocabulary byte 4: 254 merges: use 0..253");
    EXPECT_EQ(changed(4, 3), "vocabulary byte 9: it ends here: 3 merges end at byte 11");
    EXPECT_EQ(changed(5, 0), "vocabulary byte 5: merge 0 joins token 0: use 1..2");
    EXPECT_EQ(changed(6, 3), "vocabulary byte 6: merge 0 joins token 3: use 1..2");  // itself: a loop
    EXPECT_EQ(changed(7, 4), "vocabulary byte 7: merge 1 joins token 4: use 1..3");  // a later rank
    EXPECT_EQ(error({0, 2, 'a', 'b', 2, 1, 2, 1, 2}), "vocabulary byte 7: merge 1 has the text of token 3");
    EXPECT_EQ(error({0, 1, 'a', 5, 1, 1, 2, 2, 3, 3, 4, 4, 5, 1}),
              "vocabulary byte 12: merge 4 has 17 bytes of text: use at most 16");
    Bytes cut = good;
    for (cut.pop_back(); !cut.empty(); cut.pop_back()) error(cut);
}

}  // namespace
}  // namespace atome::test
