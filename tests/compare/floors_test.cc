// The floors of a comparison: chunks as networks see them, and a compressor that has read the training text.
#include "native/compare/floors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "atome/base/random.h"
#include "atome/models/ngram/ngram.h"
#include "atome/tokens/learn.h"
#include "atome/tokens/vocabulary.h"
#include "native/io/failure.h"

namespace atome::cli {
namespace {

std::vector<uint8_t> random_text(std::size_t n, uint64_t seed, uint32_t letters) {
    Random random(seed);
    std::vector<uint8_t> text(n);
    for (uint8_t& b : text) b = static_cast<uint8_t>('a' + random.below(letters));
    return text;
}

TEST(Floors, EveryChunkIsPredictedOnItsOwn) {
    const std::vector<uint8_t> train = random_text(500, 1, 3), valid = random_text(32, 2, 4);
    NgramModel model;
    ASSERT_TRUE(NgramModel::train(train, 2, &model).ok());
    // 32 bytes are three chunks of 10 and a rest that is left out; each has 9 predictions.
    double bits = 0;
    for (const std::size_t first : {0u, 10u, 20u})
        for (std::size_t t = 1; t < 10; t++) {
            const std::vector<uint8_t> context(valid.begin() + static_cast<std::ptrdiff_t>(first),
                                               valid.begin() + static_cast<std::ptrdiff_t>(first + t));
            bits -= std::log2(model.probability(context, valid[first + t]));
        }
    const NgramFloor floor = ngram_floor(train, valid, 10, 2);
    EXPECT_NEAR(floor.valid_bpb, bits / 27, 1e-12);
    EXPECT_EQ(floor.table_bytes, model.table_bytes());
    // A text shorter than a chunk is one chunk.
    EXPECT_NEAR(ngram_floor(train, std::span(valid).first(10), 64, 2).valid_bpb,
                ngram_floor(train, std::span(valid).first(10), 10, 2).valid_bpb, 1e-12);
    EXPECT_THROW(ngram_floor(train, valid, 10, 7), Failure);
}

TEST(Floors, PairsAreCountedOverTokensAndMeasuredPerByte) {
    const std::vector<uint8_t> train = random_text(2000, 1, 3), valid = random_text(32, 2, 4);
    const std::vector<uint8_t> table = learn_vocabulary(train.data(), train.size());
    Vocabulary vocabulary;
    ASSERT_TRUE(Vocabulary::open(table.data(), table.size(), &vocabulary).ok());
    const auto encode = [&](const std::vector<uint8_t>& text, std::size_t first, std::size_t n) {
        std::vector<uint8_t> tokens(2 * n);
        tokens.resize(vocabulary.encode(&text[first], n, tokens.data()));
        return tokens;
    };
    const std::vector<uint8_t> counted = encode(train, 0, train.size());
    NgramModel model;
    ASSERT_TRUE(NgramModel::train(counted, 2, &model).ok());
    double bits = 0;
    for (const std::size_t first : {0u, 10u, 20u}) {
        std::vector<uint8_t> context = encode(valid, first, 1);  // two tokens for 'd', which training lacks
        for (const uint8_t token : encode(valid, first + 1, 9)) {
            bits -= std::log2(model.probability(context, token));
            context.push_back(token);
        }
    }
    const NgramFloor floor = ngram_floor(train, valid, 10, 2, table);
    EXPECT_NEAR(floor.valid_bpb, bits / 27, 1e-12);
    EXPECT_EQ(floor.table_bytes, model.table_bytes() + table.size());
    EXPECT_EQ(floor.bytes_per_token, 2000.0 / static_cast<double>(counted.size()));
    EXPECT_GT(floor.bytes_per_token, 1.5);
}

TEST(Floors, ReachTheEntropyOfRandomLetters) {
    const std::vector<uint8_t> train = random_text(200000, 3, 4), valid = random_text(20000, 4, 4);
    EXPECT_NEAR(ngram_floor(train, valid, 64, 0).valid_bpb, 2, 0.001);
    const double xz = xz_floor(train, valid);
    EXPECT_GT(xz, 2);
    EXPECT_LT(xz, 2.4);
}

TEST(Floors, XzHasReadTheTrainingText) {
    const std::vector<uint8_t> text = random_text(20000, 5, 26);
    EXPECT_LT(xz_floor(text, text), 0.05);
}

}  // namespace
}  // namespace atome::cli
