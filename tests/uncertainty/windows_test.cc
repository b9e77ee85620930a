// Window means and separation against loops over windows and pairs.
#include "atome/measure/windows.h"

#include <gtest/gtest.h>

#include "atome/base/random.h"

namespace atome::test {
namespace {

using Floats = std::vector<float>;

TEST(Windows, MeansByHand) {
    const Floats v{1, 3, 5, 7, 9, 11, 13};
    EXPECT_EQ(window_means(v, 7, 2), (Floats{2, 6, 10}));
    EXPECT_EQ(window_means(v, 100, 3), (Floats{3, 9}));
    // Streams of 3: {1 3 5} {7 9 11} {13}.
    EXPECT_EQ(window_means(v, 3, 2), (Floats{2, 8}));
    EXPECT_EQ(window_means(v, 3, 1), v);
    EXPECT_EQ(window_means(v, 3, 3), (Floats{3, 9}));
    EXPECT_EQ(window_means(v, 3, 4), (Floats{}));
    EXPECT_EQ(window_means({}, 3, 1), (Floats{}));
    EXPECT_EQ(window_means(v, 7, 7), (Floats{7}));
}

TEST(Windows, SeparationByHand) {
    EXPECT_EQ(separation(Floats{1, 2}, Floats{3, 4}), 1.0);
    EXPECT_EQ(separation(Floats{3, 4}, Floats{1, 2}), 0.0);
    EXPECT_EQ(separation(Floats{1, 3}, Floats{2}), 0.5);
    EXPECT_EQ(separation(Floats{2, 2}, Floats{2}), 0.5);
    EXPECT_EQ(separation(Floats{1}, {}), std::nullopt);
    EXPECT_EQ(separation({}, Floats{1}), std::nullopt);
}

TEST(Windows, EqualTheirDefinitions) {
    Random random(7);
    for (int round = 0; round < 200; round++) {
        Floats known(1 + random.below(40)), unknown(1 + random.below(40));
        for (Floats* v : {&known, &unknown})
            for (float& x : *v) x = static_cast<float>(random.below(12)) / 8;
        double won = 0;
        for (const float a : known)
            for (const float b : unknown) won += b > a ? 1 : b == a ? 0.5 : 0;
        ASSERT_NEAR(*separation(known, unknown), won / static_cast<double>(known.size() * unknown.size()),
                    1e-12);

        const std::size_t stream = 1 + random.below(20), window = 1 + random.below(8);
        Floats means;
        for (std::size_t i = 0; i < known.size(); i++) {
            const std::size_t in_stream = i % stream, start = i - in_stream;
            const std::size_t end = std::min(start + stream, known.size());
            if (in_stream % window != 0 || i + window > end) continue;
            float sum = 0;  // exact: eighths
            for (std::size_t k = i; k < i + window; k++) sum += known[k];
            means.push_back(sum / static_cast<float>(window));
        }
        ASSERT_EQ(window_means(known, stream, window), means);
    }
}

}  // namespace
}  // namespace atome::test
