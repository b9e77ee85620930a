// Text that a model does not know, told from text that it does by a number for each window of a few bytes:
// the usual test of a signal for data outside the training distribution (Hendrycks & Gimpel, A baseline for
// detecting misclassified and out-of-distribution examples in neural networks, 2017, arXiv:1610.02136).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace atome {

// The mean of `values` (N) over each window of `window` positions, one beside the other. Windows do not cross
// the ends of streams, which are `stream` positions each, the last perhaps fewer; what is left at the end of
// a stream belongs to none. window and stream at least 1.
std::vector<float> window_means(std::span<const float> values, std::size_t stream, std::size_t window);

// The probability that a number of `unknown` is above one of `known`, ties counting one half (see auroc() in
// statistics.h). nullopt: one of them is empty.
std::optional<double> separation(std::span<const float> known, std::span<const float> unknown);

}  // namespace atome
