#include "native/compare/summary.h"

#include <cmath>

#include "atome/measure/student_t.h"

namespace atome::cli {

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
    return student_t(0.95, s.n - 1) * *s.deviation / std::sqrt(static_cast<double>(s.n));
}

}  // namespace atome::cli
