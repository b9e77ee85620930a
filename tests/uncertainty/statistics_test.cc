// Every statistic against its definition, in loops over all pairs or all orders, and against examples
// computed by hand.
#include "atome/measure/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "atome/base/random.h"

namespace atome::test {
namespace {

using Floats = std::vector<float>;
using Labels = std::vector<uint8_t>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// n numbers out of `distinct` ones: few make many ties.
Floats random_values(Random& random, std::size_t n, uint32_t distinct) {
    Floats v(n);
    for (float& x : v) x = static_cast<float>(random.below(distinct)) * 0.37f - 1.5f;
    return v;
}
Labels random_labels(Random& random, std::size_t n) {
    Labels v(n);
    for (uint8_t& x : v) x = static_cast<uint8_t>(random.below(2));
    return v;
}

std::vector<double> brute_ranks(const Floats& v) {
    std::vector<double> ranks;
    for (const float x : v) {
        double less = 0, equal = 0;
        for (const float y : v) {
            less += y < x;
            equal += y == x;
        }
        ranks.push_back(less + (equal + 1) / 2);
    }
    return ranks;
}

// Over all pairs: sum (xi - xj)(yi - yj) is 2n times the sum of products of deviations from the means.
double brute_correlation(const std::vector<double>& x, const std::vector<double>& y) {
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); i++)
        for (std::size_t j = 0; j < x.size(); j++) {
            xx += (x[i] - x[j]) * (x[i] - x[j]);
            yy += (y[i] - y[j]) * (y[i] - y[j]);
            xy += (x[i] - x[j]) * (y[i] - y[j]);
        }
    return xy / std::sqrt(xx * yy);
}

// What is left of y after its linear regression on x.
std::vector<double> residuals(const std::vector<double>& y, const std::vector<double>& x) {
    const double n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xx = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    std::vector<double> left;
    for (std::size_t i = 0; i < x.size(); i++) left.push_back(y[i] - mean_y - xy / xx * (x[i] - mean_x));
    return left;
}

double brute_auroc(const Floats& score, const Labels& positive) {
    double won = 0, pairs = 0;
    for (std::size_t i = 0; i < score.size(); i++)
        for (std::size_t j = 0; j < score.size(); j++)
            if (positive[i] && !positive[j]) {
                pairs++;
                won += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
            }
    return won / pairs;
}

// The mean curve over every order of the positions that ascends by uncertainty.
std::vector<double> brute_curve(const Floats& uncertainty, const Labels& wrong) {
    const std::size_t n = uncertainty.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::vector<double> sum(n);
    double orders = 0;
    do {
        if (!std::is_sorted(order.begin(), order.end(),
                            [&](auto a, auto b) { return uncertainty[a] < uncertainty[b]; }))
            continue;
        orders++;
        double errors = 0;
        for (std::size_t k = 0; k < n; k++) {
            errors += wrong[order[k]];
            sum[k] += errors / static_cast<double>(k + 1);
        }
    } while (std::next_permutation(order.begin(), order.end()));
    for (double& s : sum) s /= orders;
    return sum;
}

double brute_ece(const Floats& confidence, const Labels& correct, uint32_t bins) {
    double sum = 0;
    for (uint32_t m = 0; m < bins; m++) {
        double n = 0, conf = 0, acc = 0;
        for (std::size_t i = 0; i < confidence.size(); i++) {
            const double at = static_cast<double>(confidence[i]) * bins;
            if (!(at > m || (m == 0 && at == 0)) || at > m + 1) continue;
            n++;
            conf += static_cast<double>(confidence[i]);
            acc += correct[i];
        }
        if (n > 0) sum += n * std::fabs(acc / n - conf / n);
    }
    return sum / static_cast<double>(confidence.size());
}

TEST(Statistics, RanksByHand) {
    const Ranking r = rank(Floats{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5});
    EXPECT_EQ(r.ranks, (std::vector<double>{4.5, 1.5, 6, 1.5, 8, 11, 3, 10, 8, 4.5, 8}));
    EXPECT_EQ(r.order, (std::vector<uint32_t>{1, 3, 6, 0, 9, 2, 4, 8, 10, 7, 5}));
    EXPECT_TRUE(rank({}).ranks.empty());
    EXPECT_EQ(rank(Floats{7}).ranks, (std::vector<double>{1}));
    EXPECT_EQ(rank(Floats{2, 2, 2, 2}).ranks, (std::vector<double>(4, 2.5)));
    // Signs, both zeros, subnormal numbers, and what no engine gives.
    EXPECT_EQ(rank(Floats{0.0f, -0.0f, -1, 1, 1e-45f, -1e-45f}).ranks,
              (std::vector<double>{3.5, 3.5, 1, 6, 5, 2}));
    EXPECT_EQ(rank(Floats{kNaN, kInfinity, -kInfinity, 0}).ranks, (std::vector<double>{4, 3, 1, 2}));
}

TEST(Statistics, CorrelationsByHand) {
    const auto r = [](const Floats& x, const Floats& y) { return spearman(rank(x), rank(y)); };
    EXPECT_EQ(r({1, 2, 3, 4}, {-5, 0, 1, 1e30f}), 1.0);
    EXPECT_EQ(r({1, 2, 3, 4}, {9, 8, 7, -2}), -1.0);
    EXPECT_EQ(r({1, 1, 2, 2, 3}, {0, 0, 5, 5, 6}), 1.0);
    // Without ties: 1 - 6 sum d^2 / (n (n^2 - 1)), d = 1, 1, 1, 1.
    EXPECT_NEAR(*r({1, 2, 3, 4}, {2, 1, 4, 3}), 1 - 6.0 * 4 / (4 * 15), 1e-15);
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    EXPECT_NEAR(*r({1, 2, 2, 3}, {1, 2, 3, 4}), 4.5 / std::sqrt(22.5), 1e-15);
    EXPECT_EQ(r({}, {}), std::nullopt);
    EXPECT_EQ(r({1}, {2}), std::nullopt);
    EXPECT_EQ(r({5, 5, 5}, {1, 2, 3}), std::nullopt);
    EXPECT_EQ(r({1, 2, 3}, {0, 0, -0.0f}), std::nullopt);

    const auto p = [](const std::vector<double>& x, const std::vector<double>& y) { return pearson(x, y); };
    EXPECT_NEAR(*p({1, 2, 3}, {1, 2, 4}), 3 / std::sqrt(2 * 14.0 / 3), 1e-15);
    // The mean of these differs from them in the last place.
    EXPECT_EQ(p({0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, {1, 2, 3, 4, 5, 6}), std::nullopt);
    const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    for (const double odd : {nan, infinity, 1e200, 1e308, 1e-200})
        EXPECT_EQ(p({0, odd, 0, -odd}, {1, 2, 2, 4}), std::nullopt) << odd;
}

TEST(Statistics, CorrelationsEqualTheirDefinitions) {
    Random random(1);
    for (int round = 0; round < 300; round++) {
        const std::size_t n = 2 + random.below(60);
        const uint32_t distinct = 2 + random.below(40);
        const Floats x = random_values(random, n, distinct), y = random_values(random, n, distinct),
                     z = random_values(random, n, distinct);
        const Ranking rx = rank(x), ry = rank(y), rz = rank(z);
        const std::vector<double> bx = brute_ranks(x), by = brute_ranks(y), bz = brute_ranks(z);
        ASSERT_EQ(rx.ranks, bx);
        for (std::size_t i = 1; i < n; i++) {
            const uint32_t a = rx.order[i - 1], b = rx.order[i];
            ASSERT_TRUE(x[a] < x[b] || (x[a] == x[b] && a < b));
        }
        const std::optional<double> xy = spearman(rx, ry), partial = partial_spearman(rx, ry, rz);
        const double expected = brute_correlation(bx, by);
        ASSERT_EQ(xy.has_value(), std::isfinite(expected));
        if (!xy) continue;
        ASSERT_NEAR(*xy, expected, 1e-12);
        ASSERT_NEAR(*pearson(bx, by), expected, 1e-12);
        if (!partial) continue;
        if (spearman(rx, rz))
            ASSERT_NEAR(*partial, brute_correlation(residuals(bx, bz), residuals(by, bz)), 1e-9);
        else
            ASSERT_EQ(*partial, *xy);
    }
}

TEST(Statistics, PartialCorrelation) {
    const auto r = [](const Floats& x, const Floats& y, const Floats& z) {
        return partial_spearman(rank(x), rank(y), rank(z));
    };
    // Squared distances of the ranks: x y 2, x z 10, y z 14. So r_xy = 0.8, r_xz = 0, r_yz = -0.4.
    const Floats x{1, 2, 3, 4}, y{1, 2, 4, 3}, z{2, 4, 1, 3};
    EXPECT_NEAR(*r(x, y, z), 0.8 / std::sqrt(1 - 0.16), 1e-15);
    EXPECT_EQ(r(x, y, {7, 7, 7, 7}), spearman(rank(x), rank(y)));
    EXPECT_EQ(r(x, y, x), std::nullopt);
    EXPECT_EQ(r(x, y, y), std::nullopt);
    EXPECT_EQ(r(x, y, {4, 3, 2, 1}), std::nullopt);
    EXPECT_EQ(r({7, 7, 7, 7}, y, z), std::nullopt);
    EXPECT_EQ(r(x, {7, 7, 7, 7}, z), std::nullopt);
    EXPECT_EQ(r({}, {}, {}), std::nullopt);
    // As long as the page's texts may be: one order has a correlation of exactly 1, and nothing is left.
    Floats up(65535), down(65535);
    for (std::size_t i = 0; i < up.size(); i++) {
        up[i] = static_cast<float>(i / 3);
        down[i] = 0 - up[i];
    }
    Random random(2);
    const Ranking noise = rank(random_values(random, up.size(), 1000));
    EXPECT_EQ(spearman(rank(up), rank(down)), -1.0);
    EXPECT_EQ(partial_spearman(rank(up), noise, rank(down)), std::nullopt);
    EXPECT_NEAR(*partial_spearman(rank(up), rank(up), noise), 1, 1e-12);
}

TEST(Statistics, Auroc) {
    const auto a = [](const Floats& score, const Labels& positive) { return auroc(rank(score), positive); };
    EXPECT_EQ(a({1, 2, 3, 4}, {0, 0, 1, 1}), 1.0);
    EXPECT_EQ(a({1, 2, 3, 4}, {1, 1, 0, 0}), 0.0);
    EXPECT_EQ(a({1, 2, 3, 4}, {0, 1, 0, 1}), 0.75);
    EXPECT_EQ(a({1, 2, 2, 4}, {0, 1, 0, 1}), 0.875);
    EXPECT_EQ(a({5, 5, 5}, {0, 1, 1}), 0.5);
    EXPECT_EQ(a({1, 2}, {0, 255}), 1.0);
    EXPECT_EQ(a({1, 2, 3}, {1, 1, 1}), std::nullopt);
    EXPECT_EQ(a({1, 2, 3}, {0, 0, 0}), std::nullopt);
    EXPECT_EQ(a({}, {}), std::nullopt);
    Random random(3);
    for (int round = 0; round < 200; round++) {
        const std::size_t n = 2 + random.below(60);
        const Floats score = random_values(random, n, 2 + random.below(40));
        Labels positive = random_labels(random, n);
        positive[0] = 0;
        positive[1] = 1;
        ASSERT_NEAR(*a(score, positive), brute_auroc(score, positive), 1e-12);
    }
}

TEST(Statistics, RiskAndCoverage) {
    const auto curve = [](const Floats& uncertainty, const Labels& wrong) {
        return risk_coverage(rank(uncertainty), wrong);
    };
    using Curve = std::vector<double>;
    EXPECT_EQ(curve({4, 3, 2, 1}, {1, 0, 0, 0}), (Curve{0, 0, 0, 0.25}));
    EXPECT_EQ(curve({1, 3, 2, 4}, {1, 0, 0, 0}), (Curve{1, 0.5, 1.0 / 3, 0.25}));
    // Half an error for each of the two in the middle.
    EXPECT_EQ(curve({1, 2, 2, 3}, {0, 1, 0, 1}), (Curve{0, 0.25, 1.0 / 3, 0.5}));
    EXPECT_EQ(curve({5, 5, 5, 5}, {0, 0, 0, 1}), (Curve(4, 0.25)));
    EXPECT_EQ(curve({}, {}), (Curve{}));
    EXPECT_EQ(aurc(curve({1, 2, 2, 3}, {0, 1, 0, 1})), (0.25 + 1.0 / 3 + 0.5) / 4);
    EXPECT_EQ(aurc(Curve{}), std::nullopt);
    Random random(4);
    for (int round = 0; round < 60; round++) {
        const std::size_t n = 1 + random.below(7);
        const Floats uncertainty = random_values(random, n, 1 + random.below(5));
        const Labels wrong = random_labels(random, n);
        const Curve got = curve(uncertainty, wrong), expected = brute_curve(uncertainty, wrong);
        ASSERT_EQ(got.size(), n);
        for (std::size_t k = 0; k < n; k++) ASSERT_NEAR(got[k], expected[k], 1e-12);
    }
}

TEST(Statistics, ExpectedCalibrationError) {
    const auto ece = [](const Floats& confidence, const Labels& correct, uint32_t bins) {
        return expected_calibration_error(reliability(confidence, correct, bins));
    };
    EXPECT_EQ(ece(Floats{1, 1, 1}, Labels{1, 1, 1}, 10), 0.0);
    EXPECT_EQ(ece(Floats{1, 1, 1}, Labels{0, 0, 0}, 10), 1.0);
    EXPECT_EQ(ece(Floats{0, 0}, Labels{1, 0}, 10), 0.5);
    // Two bins: {0.25, 0.5} with accuracy 0.5, and {0.75} with 1. The edge 0.5 belongs below.
    EXPECT_EQ(ece(Floats{0.25f, 0.5f, 0.75f}, Labels{0, 1, 1}, 2), (0.25 + 0.25) / 3);
    EXPECT_EQ(ece({}, {}, 10), std::nullopt);
    EXPECT_EQ(ece(Floats{0.5f}, Labels{1}, 0), std::nullopt);
    EXPECT_EQ(ece(Floats{-1, kNaN, 2, kInfinity}, Labels{0, 0, 1, 1}, 10), 0.0);
    Random random(5);
    for (int round = 0; round < 200; round++) {
        const std::size_t n = 1 + random.below(60);
        Floats confidence(n);
        for (float& c : confidence)
            c = round % 2 ? static_cast<float>(random.below(33)) / 32 : random.uniform();
        const Labels correct = random_labels(random, n);
        for (const uint32_t bins : {1u, 4u, 15u, 32u})
            ASSERT_NEAR(*ece(confidence, correct, bins), brute_ece(confidence, correct, bins), 1e-12);
    }
}

TEST(Statistics, BinsOfTheReliabilityDiagram) {
    const auto bins = reliability(Floats{0.25f, 0.5f, 0.75f}, Labels{0, 1, 1}, 2);
    ASSERT_EQ(bins.size(), 2u);
    EXPECT_EQ(bins[0].count, 2u);
    EXPECT_EQ(bins[0].accuracy(), 0.5);
    EXPECT_EQ(bins[0].mean_confidence(), 0.375);
    EXPECT_EQ(bins[1].count, 1u);
    EXPECT_EQ(bins[1].correct, 1u);
    // The bins of two halves, added, are those of the whole.
    Random random(6);
    Floats confidence(200);
    for (float& c : confidence) c = static_cast<float>(random.below(65)) / 64;
    const Labels correct = random_labels(random, confidence.size());
    const auto whole = reliability(confidence, correct, 15);
    auto sum = reliability(std::span(confidence).first(77), std::span(correct).first(77), 15);
    const auto rest = reliability(std::span(confidence).subspan(77), std::span(correct).subspan(77), 15);
    for (std::size_t m = 0; m < 15; m++) {
        sum[m].add(rest[m]);
        EXPECT_EQ(sum[m].count, whole[m].count);
        EXPECT_EQ(sum[m].correct, whole[m].correct);
        EXPECT_EQ(sum[m].confidence, whole[m].confidence);
    }
    EXPECT_EQ(expected_calibration_error(std::vector<CalibrationBin>(15)), std::nullopt);
}

}  // namespace
}  // namespace atome::test
