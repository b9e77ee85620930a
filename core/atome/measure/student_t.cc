#include "atome/measure/student_t.h"

#include <numbers>

namespace atome {

namespace {

double square_root(double x) { return __builtin_sqrt(x); }

// The angle of x >= 0, halved three times so that the series is short.
double arc_tangent(double x) {
    if (x > 1) return std::numbers::pi / 2 - arc_tangent(1 / x);
    for (int halving = 0; halving < 3; halving++) x /= 1 + square_root(1 + x * x);
    double sum = 0, power = x;  // at most tan(pi / 32), so that the last term is below 1e-17 of the first
    for (int n = 1; n < 20; n += 2, power *= -(x * x)) sum += power / n;
    return 8 * sum;
}

}  // namespace

double student_t_within(double t, uint32_t degrees) {
    const double n = degrees;
    const double cos2 = n / (n + t * t), cosine = square_root(cos2), tangent = t / square_root(n);
    const double sine = tangent * cosine;
    if (degrees % 2 == 0) {
        double sum = 0, term = 1;
        for (uint32_t k = 2; k <= degrees; k += 2, term *= cos2 * (k - 3) / (k - 2)) sum += term;
        return sine * sum;
    }
    double sum = 0, term = cosine;
    for (uint32_t k = 3; k <= degrees; k += 2, term *= cos2 * (k - 3) / (k - 2)) sum += term;
    return 2 / std::numbers::pi * (arc_tangent(tangent) + sine * sum);
}

double student_t(double probability, uint32_t degrees) {
    double low = 0, high = 1;
    while (student_t_within(high, degrees) < probability) {
        low = high;
        high *= 2;
    }
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return high;
        (student_t_within(middle, degrees) < probability ? low : high) = middle;
    }
}

std::optional<MeanInterval> mean_interval(std::span<const double> values, double confidence) {
    if (values.size() < 2) return std::nullopt;
    const double n = static_cast<double>(values.size());
    double mean = 0, squares = 0;
    for (const double x : values) mean += x;
    mean /= n;
    for (const double x : values) squares += (x - mean) * (x - mean);
    const double half =
        student_t(confidence, static_cast<uint32_t>(values.size() - 1)) * square_root(squares / (n - 1) / n);
    return MeanInterval{mean, mean - half, mean + half};
}

}  // namespace atome
