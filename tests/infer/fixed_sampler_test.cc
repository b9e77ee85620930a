// The sampler in whole numbers, against one that sorts and against the distributions of real numbers.
#include "atome/infer/fixed/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "atome/base/random.h"

namespace atome::test {
namespace {

using Logits = std::vector<int16_t>;

Logits random_logits(Random& random, std::size_t V, int spread) {
    Logits x(V);
    for (int16_t& v : x)
        v = static_cast<int16_t>(static_cast<int>(random.below(static_cast<uint32_t>(2 * spread + 1))) -
                                 spread);
    return x;
}

// What may be chosen: tokens by descending logit, of equal ones the lower first, cut by rank and by mass.
std::vector<bool> allowed(const Logits& logits, const SamplerOptions& o) {
    std::vector<double> p;
    const int most = *std::max_element(logits.begin(), logits.end());
    for (const int16_t v : logits)
        p.push_back(v == FixedSampler::kNever
                        ? 0
                        : std::exp2((v - most) / 256.0 / static_cast<double>(o.temperature)));
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    if (o.top_k > 0 && o.top_k < order.size()) order.resize(o.top_k);
    double all = 0, mass = 0;
    for (const std::size_t i : order) all += p[i];
    // Weights follow from exponents in Q10 and have 15 bits: those that differ by less may change places.
    double least = 1;
    for (const std::size_t i : order) {
        if (p[i] == 0 || mass >= all * static_cast<double>(o.top_p) * (1 + 1e-3)) break;
        least = p[i] * (1 - 1e-3) - 3e-5;
        mass += p[i];
    }
    std::vector<bool> in(logits.size());
    for (const std::size_t i : order) in[i] = p[i] >= least;
    return in;
}

TEST(FixedSampler, GreedyTakesTheLargestAndTiesGoToTheLowest) {
    Logits x = {3, 9, 9, -5};
    FixedSampler greedy;
    EXPECT_EQ(greedy.sample(x.data(), 4), 1u);
    EXPECT_EQ(x, (Logits{3, 9, 9, -5})) << "they stay";
}

TEST(FixedSampler, DrawsTheDistribution) {
    const Logits logits = {0, -256, -512, -100, FixedSampler::kNever, 77};
    for (const float temperature : {0.5f, 1.0f, 3.0f}) {
        FixedSampler sampler({temperature, 0, 1, 5});
        constexpr uint32_t kDraws = 60000;
        std::vector<uint32_t> seen(logits.size());
        for (uint32_t i = 0; i < kDraws; i++) {
            Logits x = logits;
            seen[sampler.sample(x.data(), static_cast<uint32_t>(x.size()))]++;
        }
        std::vector<double> p;
        for (const int16_t v : logits)
            p.push_back(v == FixedSampler::kNever
                            ? 0
                            : std::exp2((v - 77) / 256.0 / static_cast<double>(temperature)));
        const double all = std::accumulate(p.begin(), p.end(), 0.0);
        double x2 = 0;
        for (std::size_t i = 0; i < p.size(); i++) {
            const double expected = p[i] / all * kDraws;
            if (expected > 0) x2 += (seen[i] - expected) * (seen[i] - expected) / expected;
        }
        EXPECT_LT(x2, 20.5) << "4 degrees of freedom, p = 0.0004";
        EXPECT_EQ(seen[4], 0u);
    }
}

TEST(FixedSampler, ChoosesAmongThoseThatASortWouldLeave) {
    Random random(3);
    for (int round = 0; round < 3000; round++) {
        const std::size_t V = 1 + random.below(256);
        const Logits logits = random_logits(random, V, round % 2 == 0 ? 2000 : 32767);
        const float temperatures[] = {0.01f, 0.3f, 0.8f, 1, 2, 100};
        const float masses[] = {0.05f, 0.5f, 0.9f, 0.99f, 1};
        const SamplerOptions o = {temperatures[random.below(6)],
                                  random.below(3) == 0 ? 0 : 1 + random.below(40), masses[random.below(5)],
                                  random.next()};
        const std::vector<bool> in = allowed(logits, o);
        FixedSampler sampler(o);
        for (int draw = 0; draw < 8; draw++) {
            Logits x = logits;
            const uint32_t token = sampler.sample(x.data(), static_cast<uint32_t>(V));
            ASSERT_LT(token, V);
            ASSERT_TRUE(in[token]) << token << ": temperature " << o.temperature << ", top-k " << o.top_k
                                   << ", top-p " << o.top_p;
        }
    }
}

TEST(FixedSampler, EveryTokenThatIsLeftIsChosenAtTimes) {
    const Logits logits = {0, 0, -64, 0, -2000};
    FixedSampler sampler({1, 3, 1, 1});
    std::vector<uint32_t> seen(5);
    for (int i = 0; i < 500; i++) {
        Logits x = logits;
        seen[sampler.sample(x.data(), 5)]++;
    }
    EXPECT_TRUE(seen[0] > 100 && seen[1] > 100 && seen[3] > 100);
    EXPECT_EQ(seen[2] + seen[4], 0u);
}

TEST(FixedSampler, TheSameSeedGivesTheSameTokens) {
    Random random(9);
    FixedSampler a({0.8f, 0, 0.9f, 4}), b({0.8f, 0, 0.9f, 4});
    std::vector<uint32_t> first;
    for (int i = 0; i < 50; i++) {
        Logits x = random_logits(random, 256, 1500), y = x;
        first.push_back(a.sample(x.data(), 256));
        EXPECT_EQ(first.back(), b.sample(y.data(), 256));
    }
    Random again(9);
    a.restart();
    for (int i = 0; i < 50; i++) {
        Logits x = random_logits(again, 256, 1500);
        EXPECT_EQ(a.sample(x.data(), 256), first[static_cast<std::size_t>(i)]);
    }
}

}  // namespace
}  // namespace atome::test
