// Student's t against printed tables, against its density summed here, and intervals computed by hand.
#include "atome/measure/student_t.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace atome::test {
namespace {

TEST(StudentT, QuantilesAreThoseOfTheTables) {
    // R's qt(), which agrees with NIST/SEMATECH e-Handbook of statistical methods, 1.3.6.7.2.
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
        EXPECT_NEAR(student_t(k.probability, k.degrees) / k.t, 1, 2e-10) << k.degrees;
        EXPECT_NEAR(student_t_within(k.t, k.degrees), k.probability, 1e-10) << k.degrees;
    }
    for (uint32_t degrees = 1; degrees < 60; degrees++)
        EXPECT_GT(student_t(0.95, degrees), student_t(0.95, degrees + 1));
    // The normal distribution's 1.959964, from which t differs by about (z^3 + z) / 4n.
    EXPECT_NEAR(student_t(0.95, 1000000), 1.959964 + 2.4e-6, 1e-6);
}

TEST(StudentT, ClosedForms) {
    const double pi = std::acos(-1.0);
    for (const double t : {0.0, 1e-9, 0.1, 0.5, 1.0, 1.5, 3.0, 20.0, 1e3, 1e9}) {
        EXPECT_NEAR(student_t_within(t, 1), 2 / pi * std::atan(t), 1e-13) << t;
        EXPECT_NEAR(student_t_within(t, 2), t / std::sqrt(2 + t * t), 1e-13) << t;
    }
    for (const double p : {0.01, 0.5, 0.95, 0.9999}) {
        EXPECT_NEAR(student_t(p, 1) / std::tan(pi * p / 2), 1, 1e-9) << p;
        EXPECT_NEAR(student_t(p, 2) / (p * std::sqrt(2 / (1 - p * p))), 1, 1e-9) << p;
    }
}

TEST(StudentT, IsTheIntegralOfItsDensity) {
    const double pi = std::acos(-1.0);
    for (uint32_t degrees = 1; degrees <= 12; degrees++)
        for (const double t : {0.3, 1.0, 2.5}) {
            const double n = degrees;
            const double factor = std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) / std::sqrt(n * pi);
            const auto density = [&](double x) { return factor * std::pow(1 + x * x / n, -(n + 1) / 2); };
            // Simpson's rule.
            constexpr int kSteps = 2000;
            double sum = density(0) + density(t);
            for (int i = 1; i < kSteps; i++) sum += (i % 2 ? 4 : 2) * density(t * i / kSteps);
            EXPECT_NEAR(student_t_within(t, degrees), 2 * sum * t / kSteps / 3, 1e-10) << degrees;
            EXPECT_NEAR(student_t(student_t_within(t, degrees), degrees), t, 1e-10) << degrees;
        }
}

TEST(MeanInterval, ByHand) {
    EXPECT_FALSE(mean_interval({}, 0.95));
    EXPECT_FALSE(mean_interval(std::vector<double>{3}, 0.95));
    // Standard deviation 1, three values: 4.3027 / sqrt(3).
    const auto three = mean_interval(std::vector<double>{1, 2, 3}, 0.95);
    EXPECT_EQ(three->mean, 2);
    EXPECT_NEAR(three->high, 2 + 4.302653 / std::sqrt(3.0), 1e-6);
    EXPECT_NEAR(three->low, 2 - 4.302653 / std::sqrt(3.0), 1e-6);
    const auto same = mean_interval(std::vector<double>{0.5, 0.5}, 0.95);
    EXPECT_EQ(same->low, 0.5);
    EXPECT_EQ(same->high, 0.5);
}

}  // namespace
}  // namespace atome::test
