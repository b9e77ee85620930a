// What several seeds say together: mean, standard deviation, and the interval of a mean difference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace atome::cli {

// P(|T| <= t) of Student's t with `degrees` of freedom, a whole number >= 1; t >= 0. The finite sums of
// Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
double student_t_within(double t, uint32_t degrees);
// The t for which that is `probability`, in (0, 1): 0.95 gives the factor of a 95 % interval, 2.776 with four
// degrees of freedom.
double student_t_factor(double probability, uint32_t degrees);

struct Summary {
    uint32_t n = 0;
    double mean = 0;
    std::optional<double> deviation;  // of the sample, n - 1 in the denominator; from two values on
};
// values must not be empty.
Summary summarise(std::span<const double> values);

// Half the width of the 95 % interval of the mean: t s / sqrt(n). nullopt for one value.
std::optional<double> half_interval(const Summary& summary);

}  // namespace atome::cli
