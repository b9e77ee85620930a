#include "native/calibrate/words.h"

#include <fmt/core.h>

#include <cmath>

namespace atome::cli {
namespace {

// Distances of AUROC from 0.5. 0.7, 0.8 and 0.9 are Hosmer & Lemeshow's (Applied logistic regression, 2000):
// acceptable, excellent, outstanding; below 0.55 no user would see a difference from a coin.
constexpr double kCoin = 0.05, kWeak = 0.2, kFair = 0.3, kGood = 0.4;
// Correlations: Cohen's small, medium and large (Statistical power analysis, 1988).
constexpr double kSmall = 0.1, kMedium = 0.3, kLarge = 0.5;
// Expected calibration errors.
constexpr double kWellCalibrated = 0.02, kSlightlyOff = 0.05;

const char* strength(double distance) {
    return distance < kWeak ? "weak" : distance < kFair ? "fair" : distance < kGood ? "good" : "excellent";
}

bool holds(const Estimate& e, double value) {
    return e.interval && e.interval->low <= value && value <= e.interval->high;
}

const SignalSummary& signal_of(const CalibrationSummary& s, SignalKind kind) {
    for (const SignalSummary& signal : s.signals)
        if (signal.kind == kind) return signal;
    return s.signals[0];
}

// The router that can be trained as a signal, where it is not the only one.
const SignalSummary* last_of_several_routers(const CalibrationSummary& s) {
    const SignalSummary* last = nullptr;
    for (const SignalSummary& signal : s.signals)
        if (signal.layer && *signal.layer > 0) last = &signal;
    return last;
}

}  // namespace

std::string signal_words(SignalKind kind, std::optional<uint32_t> layer) {
    if (kind == SignalKind::router_entropy)
        return fmt::format("router entropy, layer {}", layer.value_or(0) + 1);
    return kind == SignalKind::mean_router_entropy  ? "router entropy, mean"
           : kind == SignalKind::predictive_entropy ? "predictive entropy"
                                                    : "1 - max probability";
}

std::string auroc_words(const Estimate& auroc) {
    if (!auroc.mean) return "no answer";
    const double from_chance = *auroc.mean - 0.5, distance = std::fabs(from_chance);
    if (distance < kCoin) return "no better than a coin";
    if (holds(auroc, 0.5)) return "undecided between these models";
    return fmt::format("{}{}", from_chance < 0 ? "inverted, " : "", strength(distance));
}

std::string correlation_words(const Estimate& correlation) {
    if (!correlation.mean) return "no answer";
    const double size = std::fabs(*correlation.mean);
    if (size < kSmall) return "none";
    if (holds(correlation, 0)) return "undecided between these models";
    return fmt::format("{}{}", *correlation.mean < 0 ? "negative, " : "",
                       size < kMedium  ? "weak"
                       : size < kLarge ? "moderate"
                                       : "strong");
}

std::string calibration_words(const CalibrationSummary& s) {
    const double ece = *s.ece.mean;
    if (ece < kWellCalibrated) return "well calibrated";
    CalibrationBin all;
    for (const CalibrationBin& bin : s.bins) all.add(bin);
    return fmt::format("{}{}-confident", ece < kSlightlyOff ? "slightly " : "",
                       all.mean_confidence() > all.accuracy() ? "over" : "under");
}

std::string figure_words(const Estimate& e) {
    if (!e.mean) return "-";
    if (!e.interval) return fmt::format("{:.3f}", *e.mean);
    return fmt::format("{:.3f} [{:.3f}, {:.3f}]", *e.mean, e.interval->low, e.interval->high);
}

std::vector<std::string> signal_sentences(const CalibrationSummary& s) {
    std::vector<std::string> sentences;
    for (const SignalSummary& signal : s.signals) {
        std::string text = signal_words(signal.kind, signal.layer) + ": ";
        if (signal.auroc.mean && signal.spearman.mean) {
            text += fmt::format("AUROC {} for next-{} error: {}; correlation with the loss {}: {}",
                                figure_words(signal.auroc), s.unit, auroc_words(signal.auroc),
                                figure_words(signal.spearman), correlation_words(signal.spearman));
            if (signal.partial.mean)
                text += fmt::format("; beside predictive entropy {}: {}", figure_words(signal.partial),
                                    correlation_words(signal.partial));
        } else if (!signal.spearman.mean) {
            text += fmt::format("the same at every {}, or the loss is: says nothing", s.unit);
        } else {
            text += fmt::format("every {0} is predicted right, or every {0} wrong: no errors to tell apart",
                                s.unit);
        }
        sentences.push_back(text);
    }
    return sentences;
}

std::vector<std::string> detection_sentences(const CalibrationSummary& s) {
    std::vector<std::string> sentences;
    for (const DetectionSummary& d : s.detections) {
        if (d.window != kLongestWindow) continue;
        std::string text =
            fmt::format("{}, windows of {}{}: ", d.text, d.window, s.of_pairs() ? " tokens" : "");
        for (std::size_t i = 0; i < s.signals.size(); i++) {
            const SignalSummary& signal = s.signals[i];
            if (signal.kind == SignalKind::router_entropy && &signal != last_of_several_routers(s)) continue;
            text += fmt::format("{} {} ({}); ", signal_words(signal.kind, signal.layer),
                                figure_words(d.auroc[i]), auroc_words(d.auroc[i]));
        }
        text += fmt::format("the loss itself {} ({})", figure_words(d.loss), auroc_words(d.loss));
        sentences.push_back(text);
    }
    return sentences;
}

std::string headline(const CalibrationSummary& s) {
    const SignalSummary& router = signal_of(s, SignalKind::mean_router_entropy);
    const SignalSummary& predictive = signal_of(s, SignalKind::predictive_entropy);
    if (!router.auroc.mean)
        return fmt::format("No answer: every {0} is predicted right, or every {0} wrong.", s.unit);
    if (!router.spearman.mean) return "No answer: the router's entropy never changes, or the loss does not.";
    std::string text = fmt::format("Mean router entropy as a signal of next-{} errors: {} (AUROC {:.3f}).",
                                   s.unit, auroc_words(router.auroc), *router.auroc.mean);
    if (const SignalSummary* last = last_of_several_routers(s); last && last->auroc.mean)
        text += fmt::format(" The last router's: {} ({:.3f}).", auroc_words(last->auroc), *last->auroc.mean);
    if (predictive.auroc.mean)
        text += fmt::format(" Entropy of the prediction: {} ({:.3f}).", auroc_words(predictive.auroc),
                            *predictive.auroc.mean);
    return text;
}

}  // namespace atome::cli
