#include "atome/measure/statistics.h"

#include <algorithm>
#include <limits>

#include "atome/base/math.h"

namespace atome {

namespace {

// An integer that orders as the number does.
uint32_t ordered_bits(float x) {
    const uint32_t bits = bits_as<uint32_t>(x + 0.0f);  // -0 + 0 is 0
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

double square_root(double x) { return __builtin_sqrt(x); }
double clamp_correlation(double r) { return r < -1 ? -1 : r > 1 ? 1 : r; }

// The end of the run of equal values that starts at `first` of the order.
std::size_t end_of_ties(const Ranking& r, std::size_t first) {
    std::size_t end = first + 1;
    while (end < r.order.size() && r.ranks[r.order[end]] == r.ranks[r.order[first]]) end++;
    return end;
}

}  // namespace

Ranking rank(std::span<const float> values) {
    const std::size_t n = values.size();
    // Value and position in one integer: all different, so that any sort gives the same order.
    std::vector<uint64_t> keys(n);
    for (std::size_t i = 0; i < n; i++) keys[i] = uint64_t{ordered_bits(values[i])} << 32 | i;
    std::sort(keys.data(), keys.data() + n);
    Ranking r{std::vector<uint32_t>(n), std::vector<double>(n)};
    for (std::size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && keys[end] >> 32 == keys[first] >> 32) end++;
        const double mean = static_cast<double>(first + 1 + end) / 2;
        for (std::size_t i = first; i < end; i++) {
            r.order[i] = static_cast<uint32_t>(keys[i]);
            r.ranks[r.order[i]] = mean;
        }
    }
    return r;
}

std::optional<double> pearson(std::span<const double> x, std::span<const double> y) {
    const std::size_t n = x.size();
    // The mean of equal numbers may differ from them by rounding, which would look like a variance.
    bool x_varies = false, y_varies = false;
    double mean_x = 0, mean_y = 0;
    for (std::size_t i = 0; i < n; i++) {
        x_varies = x_varies || x[i] != x[0];
        y_varies = y_varies || y[i] != y[0];
        mean_x += x[i];
        mean_y += y[i];
    }
    if (!x_varies || !y_varies) return std::nullopt;
    mean_x /= static_cast<double>(n);
    mean_y /= static_cast<double>(n);
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < n; i++) {
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    const double product = xx * yy;
    // Written so that NaN fails too.
    if (!(product >= std::numeric_limits<double>::min() && product <= std::numeric_limits<double>::max()))
        return std::nullopt;
    return clamp_correlation(xy / square_root(product));
}

std::optional<double> spearman(const Ranking& x, const Ranking& y) { return pearson(x.ranks, y.ranks); }

std::optional<double> partial_spearman(const Ranking& x, const Ranking& y, const Ranking& z) {
    const std::optional<double> xy = spearman(x, y), xz = spearman(x, z), yz = spearman(y, z);
    if (!xy) return std::nullopt;
    if (!xz) return xy;
    const double left_x = (1 - *xz) * (1 + *xz), left_y = (1 - *yz) * (1 + *yz);
    // Two neighbours swapped leave about 24 / n^3, which is more than this up to n = 28,000; below it the
    // quotient would be rounding errors of r.
    constexpr double kNothing = 1e-12;
    if (left_x < kNothing || left_y < kNothing) return std::nullopt;
    return clamp_correlation((*xy - *xz * *yz) / square_root(left_x * left_y));
}

std::optional<double> auroc(const Ranking& score, std::span<const uint8_t> positive) {
    double positives = 0, rank_sum = 0;
    for (std::size_t i = 0; i < positive.size(); i++) {
        if (!positive[i]) continue;
        positives++;
        rank_sum += score.ranks[i];
    }
    const double negatives = static_cast<double>(positive.size()) - positives;
    if (positives == 0 || negatives == 0) return std::nullopt;
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

std::vector<double> risk_coverage(const Ranking& uncertainty, std::span<const uint8_t> wrong) {
    const std::size_t n = wrong.size();
    std::vector<double> risks(n);
    double before = 0;
    for (std::size_t first = 0, end; first < n; first = end) {
        end = end_of_ties(uncertainty, first);
        double errors = 0;
        for (std::size_t i = first; i < end; i++) errors += wrong[uncertainty.order[i]] ? 1 : 0;
        const double each = errors / static_cast<double>(end - first);
        for (std::size_t i = first; i < end; i++)
            risks[i] = (before + each * static_cast<double>(i + 1 - first)) / static_cast<double>(i + 1);
        before += errors;
    }
    return risks;
}

std::optional<double> aurc(std::span<const double> risk_coverage) {
    if (risk_coverage.empty()) return std::nullopt;
    double sum = 0;
    for (const double risk : risk_coverage) sum += risk;
    return sum / static_cast<double>(risk_coverage.size());
}

void CalibrationBin::add(const CalibrationBin& other) {
    count += other.count;
    correct += other.correct;
    confidence += other.confidence;
}

std::vector<CalibrationBin> reliability(std::span<const float> confidence, std::span<const uint8_t> correct,
                                        uint32_t bins) {
    std::vector<CalibrationBin> result(bins);
    if (bins == 0) return result;
    for (std::size_t i = 0; i < confidence.size(); i++) {
        const float p = confidence[i];
        const double clamped = p > 0 ? p < 1 ? static_cast<double>(p) : 1 : 0;  // NaN: 0
        const double at = clamped * bins;
        auto bin = static_cast<uint32_t>(at);
        if (bin > 0 && bin == at) bin--;  // an edge belongs to the bin below it
        result[bin].add({1, correct[i] ? 1u : 0u, clamped});
    }
    return result;
}

std::optional<double> expected_calibration_error(std::span<const CalibrationBin> bins) {
    double sum = 0, count = 0;
    for (const CalibrationBin& bin : bins) {
        const double excess = bin.confidence - static_cast<double>(bin.correct);
        sum += excess < 0 ? -excess : excess;
        count += static_cast<double>(bin.count);
    }
    if (count == 0) return std::nullopt;
    return sum / count;
}

}  // namespace atome
