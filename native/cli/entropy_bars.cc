#include "native/cli/entropy_bars.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

constexpr uint32_t kCells = 24;
constexpr const char* kPathwayColours[kPathways] = {"\x1b[36m", "\x1b[33m", "\x1b[35m"};
constexpr const char* kPlain = "\x1b[0m";

// A bar of kCells columns, to an eighth of a column with Unicode blocks.
std::string bar(double share, bool utf8) {
    static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    std::string text;
    if (!utf8) {
        const auto full = static_cast<uint32_t>(std::lround(share * kCells));
        return std::string(full, '#') + std::string(kCells - full, '.');
    }
    const auto eighths = static_cast<uint32_t>(std::lround(share * kCells * 8));
    for (uint32_t i = 0; i < eighths / 8; i++) text += "█";
    text += kEighths[eighths % 8];
    for (uint32_t i = (eighths + 7) / 8; i < kCells; i++) text += "·";
    return text;
}

}  // namespace

RouterStats::RouterStats(const Config& config)
    : config_(config), entropy_(config.n_layers), weight_(config.n_layers * config.active_pathways()) {}

void RouterStats::add(const Stream& stream) {
    const uint32_t P = config_.active_pathways();
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        entropy_[l] += static_cast<double>(stream.entropy(l));
        for (uint32_t p = 0; p < P; p++) weight_[l * P + p] += static_cast<double>(stream.router(l, p));
    }
    positions_++;
}

void RouterStats::clear() { *this = RouterStats(config_); }

double RouterStats::entropy(uint32_t layer) const {
    return positions_ ? entropy_[layer] / static_cast<double>(positions_) : 0;
}

double RouterStats::weight(uint32_t layer, uint32_t active) const {
    return positions_ ? weight_[layer * config_.active_pathways() + active] / static_cast<double>(positions_)
                      : 0;
}

Json RouterStats::json() const {
    Json entropies = Json::array(), routers = Json::array();
    for (uint32_t l = 0; l < config_.n_layers; l++) {
        entropies.push_back(entropy(l));
        Json row = Json::array();
        for (uint32_t p = 0; p < config_.active_pathways(); p++) row.push_back(weight(l, p));
        routers.push_back(row);
    }
    return {{"entropy", entropies}, {"router", routers}};
}

BarStyle BarStyle::of(int fd) { return {is_terminal(fd) && utf8_locale(), colour_wanted(fd)}; }

std::string entropy_bars(const RouterStats& stats, const BarStyle& style) {
    const Config& c = stats.config();
    const uint32_t P = c.active_pathways();
    std::string text;
    for (uint32_t l = 0; l < c.n_layers; l++) {
        // With one pathway there is nothing to choose: entropy is 0 and so is its bound.
        const double most = std::log(static_cast<double>(P));
        const double share = P > 1 ? std::clamp(stats.entropy(l) / most, 0.0, 1.0) : 0;
        text += fmt::format("layer {:<2} {}{}{} {:3.0f}% of ln {} ", l, style.utf8 ? "" : "[",
                            bar(share, style.utf8), style.utf8 ? "" : "]", 100 * share, P);
        for (uint32_t pathway = 0, active = 0; pathway < kPathways; pathway++) {
            if (!c.enabled(static_cast<Pathway>(pathway))) continue;
            text += fmt::format(" {}{} {:3.0f}%{}", style.colour ? kPathwayColours[pathway] : "",
                                name(static_cast<Pathway>(pathway)), 100 * stats.weight(l, active++),
                                style.colour ? kPlain : "");
        }
        text += "\n";
    }
    return text;
}

}  // namespace atome::cli
