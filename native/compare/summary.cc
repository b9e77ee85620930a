#include "native/compare/summary.h"

#include <cmath>

namespace atome::cli {
namespace {

constexpr double kPi = 3.14159265358979323846;

// student_t_within of t = sqrt(degrees) tan(theta).
double within(double theta, uint32_t degrees) {
    const double s = std::sin(theta), c2 = std::cos(theta) * std::cos(theta);
    // The terms are cos^k times a product of ratios: k = 0, 2, 4... for even degrees, 1, 3, 5... for odd.
    const uint32_t odd = degrees % 2;
    double term = odd ? std::cos(theta) : 1, sum = 0;
    for (uint32_t k = odd; k + 2 <= degrees; k += 2) {
        sum += term;
        term *= c2 * (k + 1) / (k + 2);
    }
    return odd ? 2 / kPi * (theta + s * sum) : s * sum;
}

}  // namespace

double student_t_within(double t, uint32_t degrees) {
    return within(std::atan(t / std::sqrt(static_cast<double>(degrees))), degrees);
}

double student_t_factor(double probability, uint32_t degrees) {
    double low = 0, high = kPi / 2;
    for (;;) {
        const double middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        (within(middle, degrees) < probability ? low : high) = middle;
    }
    return std::sqrt(static_cast<double>(degrees)) * std::tan(low);
}

Summary summarise(std::span<const double> values) {
    Summary s;
    s.n = static_cast<uint32_t>(values.size());
    for (const double v : values) s.mean += v;
    s.mean /= s.n;
    if (s.n < 2) return s;
    double squares = 0;
    for (const double v : values) squares += (v - s.mean) * (v - s.mean);
    s.deviation = std::sqrt(squares / (s.n - 1));
    return s;
}

std::optional<double> half_interval(const Summary& s) {
    if (!s.deviation) return std::nullopt;
    return student_t_factor(0.95, s.n - 1) * *s.deviation / std::sqrt(static_cast<double>(s.n));
}

}  // namespace atome::cli
