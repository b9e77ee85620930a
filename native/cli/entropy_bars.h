// What the router did over a stretch of text, as one line per layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "atome/infer/stream.h"
#include "native/cli/output.h"

namespace atome::cli {

// Means over positions of each layer's router entropy and pathway weights.
class RouterStats {
  public:
    explicit RouterStats(const Config& config);
    // Adds the last step of a stream.
    void add(const Stream& stream);
    void clear();

    uint64_t positions() const { return positions_; }
    const Config& config() const { return config_; }
    double entropy(uint32_t layer) const;                  // nats; 0 before the first step
    double weight(uint32_t layer, uint32_t active) const;  // of the active-th pathway that is on
    // {entropy: (L), router: (L, P)}
    Json json() const;

  private:
    Config config_;
    uint64_t positions_ = 0;
    std::vector<double> entropy_;  // (L)     sums
    std::vector<double> weight_;   // (L, P)  sums
};

struct BarStyle {
    bool utf8 = false;
    bool colour = false;
    // What suits the terminal behind `fd`, or plain text where it is none.
    static BarStyle of(int fd);
};

// "layer 0  [bar]  91% of ln 3  local 41%  state 38%  sparse 21%" for every layer, each line ended.
std::string entropy_bars(const RouterStats& stats, const BarStyle& style);

}  // namespace atome::cli
