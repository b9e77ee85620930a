// What several seeds say together: mean, standard deviation, and the interval of a mean difference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace atome::cli {

struct Summary {
    uint32_t n = 0;
    double mean = 0;
    std::optional<double> deviation;  // of the sample, n - 1 in the denominator; from two values on
};
// values must not be empty.
Summary summarise(std::span<const double> values);

// Half the width of the 95 % interval of the mean: t s / sqrt(n), t of student_t(). nullopt for one value.
std::optional<double> half_interval(const Summary& summary);

}  // namespace atome::cli
