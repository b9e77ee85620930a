// The sampler: what its options mean, and that a seed is a text.
#include "atome/infer/sampler.h"
#include "atome/kernels/registry.h"
#include "tests/kernel_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace atome::test {
namespace {

// Logits of a distribution.
std::vector<float> logits_of(const std::vector<double>& p) {
    std::vector<float> x;
    for (const double v : p) x.push_back(static_cast<float>(std::log(v)));
    return x;
}

std::vector<uint32_t> counts(const SamplerOptions& o, const std::vector<float>& logits, uint32_t n) {
    Sampler sampler(o);
    std::vector<uint32_t> seen(logits.size());
    for (uint32_t i = 0; i < n; i++) {
        std::vector<float> x = logits;
        seen[sampler.sample(x.data(), static_cast<uint32_t>(x.size()))]++;
    }
    return seen;
}

std::set<uint32_t> support(const SamplerOptions& o, const std::vector<float>& logits) {
    const std::vector<uint32_t> seen = counts(o, logits, 5000);
    std::set<uint32_t> tokens;
    for (uint32_t i = 0; i < seen.size(); i++)
        if (seen[i]) tokens.insert(i);
    return tokens;
}

// Pearson's statistic against the expected distribution.
double chi_square(const std::vector<uint32_t>& seen, const std::vector<double>& p, uint32_t n) {
    double x2 = 0;
    for (std::size_t i = 0; i < p.size(); i++) {
        const double expected = p[i] * n, d = seen[i] - expected;
        if (expected > 0) x2 += d * d / expected;
    }
    return x2;
}

const std::vector<double> kFive = {0.4, 0.05, 0.25, 0.2, 0.1};

TEST(Sampler, GreedyTakesTheLargestAndTiesGoToTheLowestByte) {
    Sampler greedy;
    float x[5] = {1, 3, 2, 3, 3};
    EXPECT_EQ(greedy.sample(x, 5), 1u);
    EXPECT_EQ(x[1], 3.0f);  // untouched
    float equal[4] = {-1, -1, -1, -1};
    EXPECT_EQ(greedy.sample(equal, 4), 0u);
    float one[1] = {-5};
    EXPECT_EQ(greedy.sample(one, 1), 0u);
}

TEST(Sampler, OneByteVocabularies) {
    float x[1] = {3};
    for (const float top_p : {0.1f, 1.0f})
        for (const uint32_t top_k : {0u, 1u, 256u}) {
            Sampler s({.temperature = 1, .top_k = top_k, .top_p = top_p, .seed = 1});
            EXPECT_EQ(s.sample(x, 1), 0u);
        }
}

TEST(Sampler, DrawsTheDistribution) {
    constexpr uint32_t n = 40000;
    const std::vector<uint32_t> seen = counts({.temperature = 1, .seed = 7}, logits_of(kFive), n);
    // 4 degrees of freedom: above 23.5 once in ten thousand.
    EXPECT_LT(chi_square(seen, kFive, n), 23.5);
}

TEST(Sampler, TemperatureSharpensAndFlattens) {
    constexpr uint32_t n = 40000;
    for (const double temperature : {0.5, 2.0}) {
        std::vector<double> expected;
        double sum = 0;
        for (const double p : kFive) sum += std::pow(p, 1 / temperature);
        for (const double p : kFive) expected.push_back(std::pow(p, 1 / temperature) / sum);
        const std::vector<uint32_t> seen =
            counts({.temperature = static_cast<float>(temperature), .seed = 3}, logits_of(kFive), n);
        EXPECT_LT(chi_square(seen, expected, n), 23.5) << temperature;
    }
}

TEST(Sampler, TopKKeepsTheKMostProbable) {
    const std::vector<float> x = logits_of(kFive);
    EXPECT_EQ(support({.temperature = 1, .top_k = 1}, x), (std::set<uint32_t>{0}));
    EXPECT_EQ(support({.temperature = 1, .top_k = 2}, x), (std::set<uint32_t>{0, 2}));
    EXPECT_EQ(support({.temperature = 1, .top_k = 4}, x), (std::set<uint32_t>{0, 2, 3, 4}));
    EXPECT_EQ(support({.temperature = 1, .top_k = 200}, x).size(), 5u);
    // What is left keeps its proportions.
    constexpr uint32_t n = 40000;
    const std::vector<uint32_t> seen = counts({.temperature = 1, .top_k = 2, .seed = 5}, x, n);
    EXPECT_LT(chi_square(seen, {0.4 / 0.65, 0, 0.25 / 0.65, 0, 0}, n), 15.1);
    // Of equal bytes the lowest stay.
    EXPECT_EQ(support({.temperature = 1, .top_k = 2}, {1, 1, 1, 1}), (std::set<uint32_t>{0, 1}));
}

TEST(Sampler, TopPKeepsTheFewestThatReachTheMass) {
    const std::vector<float> x = logits_of(kFive);
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.01f}, x), (std::set<uint32_t>{0}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.39f}, x), (std::set<uint32_t>{0}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.41f}, x), (std::set<uint32_t>{0, 2}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.64f}, x), (std::set<uint32_t>{0, 2}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.66f}, x), (std::set<uint32_t>{0, 2, 3}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.94f}, x), (std::set<uint32_t>{0, 2, 3, 4}));
    EXPECT_EQ(support({.temperature = 1, .top_p = 0.96f}, x).size(), 5u);
    // Within what top-k has left: 0.4 of 0.65 is above 0.6, so one byte reaches it.
    EXPECT_EQ(support({.temperature = 1, .top_k = 2, .top_p = 0.6f}, x), (std::set<uint32_t>{0}));
    EXPECT_EQ(support({.temperature = 1, .top_k = 2, .top_p = 0.63f}, x), (std::set<uint32_t>{0, 2}));
}

TEST(Sampler, TheSameSeedGivesTheSameBytesWithEveryKernelSet) {
    std::vector<float> logits(256);
    Random random(9);
    for (float& v : logits) v = 8 * random.uniform();
    const auto draw = [&](uint64_t seed, const Kernels& k) {
        Sampler s({.temperature = 0.8f, .top_k = 50, .top_p = 0.9f, .seed = seed}, k);
        std::vector<uint32_t> tokens;
        for (int i = 0; i < 300; i++) {
            std::vector<float> x = logits;
            tokens.push_back(s.sample(x.data(), 256));
        }
        return tokens;
    };
    const std::vector<uint32_t> first = draw(1, scalar_kernels());
    for (const KernelSet& set : exact_sets()) EXPECT_EQ(draw(1, *set.infer), first) << set.name;
    EXPECT_NE(draw(2, scalar_kernels()), first);
}

TEST(Sampler, ExtremeLogitsStayInRange) {
    for (const float temperature : {0.01f, 1.0f, 100.0f})
        for (const float top_p : {1e-7f, 0.5f, 0.9999999f, 1.0f}) {
            Sampler s({.temperature = temperature, .top_p = top_p, .seed = 4});
            for (int i = 0; i < 50; i++) {
                float x[6] = {1e6f, -1e6f, 1e6f, 0, -0.0f, 1e-40f};
                EXPECT_LT(s.sample(x, 6), 6u);
                float equal[6] = {};
                EXPECT_LT(s.sample(equal, 6), 6u);
            }
        }
}

TEST(Sampler, ValidateNamesTheOptionAndTheRange) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    for (const float t : {-1.0f, 0.009f, 100.1f, nan, inf})
        EXPECT_NE(validate({.temperature = t}).message().find("temperature"), std::string_view::npos) << t;
    for (const float p : {0.0f, -0.1f, 1.01f, nan, inf})
        EXPECT_NE(validate({.top_p = p}).message().find("top_p"), std::string_view::npos) << p;
    EXPECT_FALSE(validate({.top_k = 257}).ok());
    for (const float t : {0.0f, -0.0f, 0.01f, 100.0f}) EXPECT_TRUE(validate({.temperature = t}).ok()) << t;
    EXPECT_TRUE(validate({.temperature = 1, .top_k = 256, .top_p = 1e-6f}).ok());
}

// What a text writer rules out has no probability: not by the least random number, not by a rounding.
TEST(Sampler, NeverChoosesWhatIsFarBelow) {
    constexpr uint64_t kSeedOfZero = 5618432;
    EXPECT_EQ(Random(kSeedOfZero).uniform(), 0.0f);
    for (const uint32_t wanted : {0u, 1u, 3u}) {
        float logits[4] = {-1e35f, -1e35f, -1e35f, -1e35f};
        logits[wanted] = -50;
        EXPECT_EQ(Sampler({1, 0, 1, kSeedOfZero}).sample(logits, 4), wanted);
    }
}

}  // namespace
}  // namespace atome::test
