#include "atome/measure/windows.h"

#include <algorithm>

#include "atome/measure/statistics.h"

namespace atome {

std::vector<float> window_means(std::span<const float> values, std::size_t stream, std::size_t window) {
    std::vector<float> means;
    for (std::size_t start = 0; start < values.size(); start += stream) {
        const std::size_t end = start + std::min(stream, values.size() - start);
        for (std::size_t first = start; window <= end - first; first += window) {
            double sum = 0;
            for (std::size_t i = first; i < first + window; i++) sum += static_cast<double>(values[i]);
            means.push_back(static_cast<float>(sum / static_cast<double>(window)));
        }
    }
    return means;
}

std::optional<double> separation(std::span<const float> known, std::span<const float> unknown) {
    std::vector<float> all(known.begin(), known.end());
    all.insert(all.end(), unknown.begin(), unknown.end());
    std::vector<uint8_t> positive(all.size());
    std::fill(positive.begin() + static_cast<std::ptrdiff_t>(known.size()), positive.end(), uint8_t{1});
    return auroc(rank(all), positive);
}

}  // namespace atome
