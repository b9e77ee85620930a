#include "native/compare/summary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace atome::cli {
namespace {

TEST(Summary, MeanDeviationInterval) {
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    const Summary s = summarise(values);
    EXPECT_EQ(s.n, 8u);
    EXPECT_DOUBLE_EQ(s.mean, 5);
    EXPECT_DOUBLE_EQ(*s.deviation, std::sqrt(32.0 / 7));
    EXPECT_NEAR(*half_interval(s), 2.364624251 * std::sqrt(32.0 / 7 / 8), 1e-8);
    const Summary one = summarise(std::span(values, 1));
    EXPECT_DOUBLE_EQ(one.mean, 2);
    EXPECT_FALSE(one.deviation);
    EXPECT_FALSE(half_interval(one));
}

}  // namespace
}  // namespace atome::cli
