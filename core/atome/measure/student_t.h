// Student's t distribution, and the interval of a mean that rests on it: what a few seeds say about a figure.
//
// Computed in binary64 from + - * / and sqrt alone, as all statistics here: every target gives the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace atome {

// P(|T| <= t) for T of that many degrees of freedom (at least 1), t >= 0: the finite sums of Abramowitz &
// Stegun, Handbook of mathematical functions, 1964, 26.7.3 and 26.7.4. Takes as many steps as there are
// degrees. Within 1e-13.
double student_t_within(double t, uint32_t degrees);
// The t with P(|T| <= t) = probability, which is in (0, 0.9999]: 0.95 is the two-sided 95 %. A bisection down
// to neighbouring numbers.
double student_t(double probability, uint32_t degrees);

// The mean of a sample and the interval that holds the mean of what it was drawn from with this confidence,
// mean -+ t sd / sqrt(n), t with n - 1 degrees of freedom. Nothing bounds it to the range of the values.
struct MeanInterval {
    double mean, low, high;
};
// `confidence` as student_t's probability. nullopt: n < 2.
std::optional<MeanInterval> mean_interval(std::span<const double> values, double confidence);

}  // namespace atome
