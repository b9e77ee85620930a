// How well a number tells hard predictions from easy ones: rank correlations, AUROC, risk and coverage,
// calibration.
//
// All sums run in binary64 in the order of the positions, and only + - * / and sqrt are used: every target
// gives the same bits. No result is NaN, whatever the input; what has no value is nullopt. Spans that belong
// together have the same length n, below 2^32; labels are 0 or not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace atome {

// Values in order, once for all statistics that ask for it.
struct Ranking {
    std::vector<uint32_t> order;  // (n) positions by ascending value, equal values by position
    std::vector<double> ranks;    // (n) 1..n; equal values share the mean of their ranks
};
// -0 equals 0; NaN, which no engine gives, counts as a value beyond infinity of its sign.
Ranking rank(std::span<const float> values);

// Pearson's correlation, in [-1, 1]. nullopt: n < 2, one of them constant, or numbers whose squares (or
// their product) leave the range of binary64.
std::optional<double> pearson(std::span<const double> x, std::span<const double> y);
// Spearman's: Pearson's of the ranks. Exactly 1 or -1 where one is a monotone function of the other, as long
// as n is below 2^17, where the sums are exact. nullopt: n < 2, or one of them constant.
std::optional<double> spearman(const Ranking& x, const Ranking& y);
// Spearman's correlation of x and y with z held constant: of what is left of the ranks of x and y after their
// linear regression on the ranks of z,
//     (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2)).
// A constant z explains nothing: spearman(x, y). nullopt: n < 2, x or y constant, or z orders the positions
// as x or y does (in either direction), so that nothing is left.
std::optional<double> partial_spearman(const Ranking& x, const Ranking& y, const Ranking& z);

// The probability that a positive has a higher score than a negative, ties counting one half: Mann and
// Whitney's U over the number of pairs. 0.5 says nothing, 1 everything. nullopt: no positives or no
// negatives.
std::optional<double> auroc(const Ranking& score, std::span<const uint8_t> positive);

// Element k is the error rate among the k + 1 least uncertain positions (Geifman & El-Yaniv, Selective
// classification for deep neural networks, 2017, arXiv:1705.08500). Positions of equal uncertainty have no
// order: each takes an equal share of their errors, which is the mean over all their orders.
std::vector<double> risk_coverage(const Ranking& uncertainty, std::span<const uint8_t> wrong);
// The mean of that curve, the area under it (Geifman et al., 2019, arXiv:1805.08206): lower is better, and an
// uncertainty that says nothing has the error rate. nullopt: n = 0.
std::optional<double> aurc(std::span<const double> risk_coverage);

// What came of the predictions with a confidence in (m / bins, (m + 1) / bins], the first bin with 0: a point
// of the reliability diagram. Sums, so that bins of several texts or models can be added.
struct CalibrationBin {
    uint64_t count = 0;
    uint64_t correct = 0;
    double confidence = 0;  // summed

    // Means over the bin, which must not be empty.
    double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
    double mean_confidence() const { return confidence / static_cast<double>(count); }
    void add(const CalibrationBin& other);
};
// (bins) of them. Confidences are clamped to [0, 1], NaN to 0.
std::vector<CalibrationBin> reliability(std::span<const float> confidence, std::span<const uint8_t> correct,
                                        uint32_t bins);

// Expected calibration error (Guo et al., On calibration of modern neural networks, 2017, arXiv:1706.04599):
// the mean over the positions of |accuracy - mean confidence| of their bin. nullopt: all bins are empty.
std::optional<double> expected_calibration_error(std::span<const CalibrationBin> bins);

}  // namespace atome
