#include "native/compare/summary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace atome::cli {
namespace {

// Values of printed tables of Student's t and of R's qt().
TEST(Summary, StudentTFactors) {
    const struct {
        double probability;
        uint32_t degrees;
        double t;
    } known[] = {
        {0.95, 1, 12.7062047362},  {0.95, 2, 4.30265272975},  {0.95, 3, 3.18244630528},
        {0.95, 4, 2.77644510520},  {0.95, 5, 2.57058183564},  {0.95, 9, 2.26215716280},
        {0.95, 10, 2.22813885199}, {0.95, 30, 2.04227245630}, {0.95, 100, 1.98397151852},
        {0.99, 3, 5.84090930973},  {0.90, 7, 1.89457860509},  {0.50, 1, 1.0},
    };
    for (const auto& k : known) {
        EXPECT_NEAR(student_t_factor(k.probability, k.degrees) / k.t, 1, 2e-10) << k.degrees;
        EXPECT_NEAR(student_t_within(k.t, k.degrees), k.probability, 1e-10) << k.degrees;
    }
    // Many degrees of freedom are a normal distribution.
    EXPECT_NEAR(student_t_factor(0.95, 1'000'000), 1.959964 + 2.37e-6, 1e-6);
    for (uint32_t degrees = 1; degrees < 60; degrees++)
        EXPECT_GT(student_t_factor(0.95, degrees), student_t_factor(0.95, degrees + 1));
}

// P(|T| <= t) is the integral of the density: the trapezoid rule over theta in small steps.
TEST(Summary, StudentTIsTheIntegralOfItsDensity) {
    for (const uint32_t v : {1u, 2u, 3u, 8u, 21u}) {
        const double degrees = v;
        const double scale = std::exp(std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2)) /
                             std::sqrt(degrees * 3.14159265358979323846);
        const auto density = [&](double t) {
            return scale * std::pow(1 + t * t / degrees, -(degrees + 1) / 2);
        };
        const uint32_t steps = 20000;
        const double t = 1.7, h = t / steps;
        double sum = (density(0) + density(t)) / 2;
        for (uint32_t i = 1; i < steps; i++) sum += density(i * h);
        EXPECT_NEAR(student_t_within(t, v), 2 * h * sum, 1e-8) << v;
    }
}

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
