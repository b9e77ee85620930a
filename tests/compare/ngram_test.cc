// The n-gram model against its definition, and what it must be worth on texts whose entropy is known.
#include "atome/models/ngram/ngram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "atome/base/random.h"

namespace atome {
namespace {

std::span<const uint8_t> bytes(const std::string& s) {
    return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

NgramModel model_of(const std::string& text, uint32_t order) {
    NgramModel m;
    EXPECT_TRUE(NgramModel::train(bytes(text), order, &m).ok());
    return m;
}

// The definition of the header, by looking through the whole text for every context.
double by_definition(const std::string& text, std::string context, char next, uint32_t order) {
    if (context.size() > order) context = context.substr(context.size() - order);
    const double shorter = context.empty() ? 1.0 / 256
                                           : by_definition(text, context.substr(1), next,
                                                           static_cast<uint32_t>(context.size()) - 1);
    double N = 0, c = 0;
    std::string followers;
    for (std::size_t i = 0; i + context.size() < text.size(); i++) {
        if (text.compare(i, context.size(), context) != 0) continue;
        const char w = text[i + context.size()];
        N++;
        c += w == next;
        if (followers.find(w) == std::string::npos) followers += w;
    }
    const double T = static_cast<double>(followers.size());
    return N == 0 ? shorter : (c + T * shorter) / (N + T);
}

TEST(Ngram, EqualsTheDefinition) {
    Random random(3);
    std::string text;
    for (int i = 0; i < 300; i++) text += "abc\xff\0"[random.below(5)];
    for (const uint32_t order : {0u, 1u, 2u, 3u, 6u}) {
        const NgramModel m = model_of(text, order);
        EXPECT_EQ(m.order(), order);
        for (uint32_t n = 0; n < 200; n++) {
            std::string context;
            for (uint32_t k = random.below(9); k > 0; k--) context += "abc\xff\0z"[random.below(6)];
            const char next = "abc\xff\0z"[random.below(6)];
            EXPECT_NEAR(m.probability(bytes(context), static_cast<uint8_t>(next)),
                        by_definition(text, context, next, order), 1e-14);
        }
    }
}

TEST(Ngram, ByHand) {
    // Unigrams: a 3, b 1, two different ones: P(a) = (3 + 2/256) / 6.
    const NgramModel m = model_of("aaba", 1);
    EXPECT_DOUBLE_EQ(m.probability({}, 'a'), (3 + 2.0 / 256) / 6);
    // a is followed by a and b, once each: P(b | a) = (1 + 2 P(b)) / 4, P(b) = (1 + 2/256) / 6.
    EXPECT_DOUBLE_EQ(m.probability(bytes("a"), 'b'), (1 + 2 * ((1 + 2.0 / 256) / 6)) / 4);
    // c was never seen.
    EXPECT_DOUBLE_EQ(m.probability(bytes("c"), 'b'), m.probability({}, 'b'));
    EXPECT_EQ(m.pairs(), 2u + 3u);  // a, b; aa, ab, ba
    EXPECT_EQ(m.contexts(), 1u + 2u);
    EXPECT_EQ(m.table_bytes(), 5u * 5 + 3 * 4);
}

TEST(Ngram, ProbabilitiesSumToOne) {
    Random random(5);
    std::string text;
    for (int i = 0; i < 5000; i++)
        text += static_cast<char>(random.below(3) ? random.below(20) : random.below(256));
    for (uint32_t order = 0; order <= NgramModel::kMaxOrder; order++) {
        const NgramModel m = model_of(text, order);
        for (const std::size_t at : {0u, 1u, 77u, 4000u, 4994u}) {
            double sum = 0;
            for (uint32_t w = 0; w < 256; w++) {
                const double p = m.probability(bytes(text.substr(at, 6)), static_cast<uint8_t>(w));
                EXPECT_GT(p, 0);
                sum += p;
            }
            EXPECT_NEAR(sum, 1, 1e-12);
        }
    }
}

TEST(Ngram, RefusesWhatItCannotDo) {
    NgramModel m;
    EXPECT_EQ(NgramModel::train(bytes("a"), 7, &m).code(), Code::bad_argument);
    EXPECT_EQ(NgramModel::train({}, 1, &m).code(), Code::bad_argument);
    // One byte has no context of one byte.
    EXPECT_TRUE(NgramModel::train(bytes("a"), 6, &m).ok());
    EXPECT_EQ(m.pairs(), 1u);
}

}  // namespace
}  // namespace atome
