// The panels with bars, one row below the other.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "native/calibrate/figure.h"
#include "native/calibrate/words.h"

namespace atome::cli {
namespace {

constexpr double kLeft = 150, kBar = 9;

Plot rows_in(const Column& c, double height, Axis across) {
    return {c.x + kLeft, c.y + kPanelTop, c.width - kLeft - 8, height, std::move(across), {0, 1, {}, {}}};
}

// A bar from `base` to the estimate, its top at y, with its interval.
void draw_bar(Svg* svg, const Plot& plot, const std::string& css, double base, double y, const Estimate& e,
              const std::string& what) {
    if (!e.mean) return;
    const double from = plot.at_x(base), to = plot.at_x(*e.mean);
    svg->rectangle(css, std::min(from, to), y, std::max(std::fabs(to - from), 0.5), kBar - 1,
                   fmt::format("{}: {}", what, figure_words(e)));
    if (e.interval)
        svg->line("whisker", {plot.at_x(e.interval->low), y + kBar / 2 - 0.5},
                  {plot.at_x(e.interval->high), y + kBar / 2 - 0.5});
}

double lowest(const Estimate& e) { return e.interval ? e.interval->low : e.mean.value_or(0); }

}  // namespace

double draw_correlations(Svg* svg, const Column& c, const CalibrationSummary& s) {
    constexpr double kGap = 7, kRow = 2 * kBar + kGap, kStep = 0.25;
    double low = 0;
    for (const SignalSummary& signal : s.signals)
        low = std::min({low, lowest(signal.spearman), lowest(signal.partial)});
    low = std::max(-1.0, std::floor(low / kStep) * kStep);
    const double height = kRow * static_cast<double>(s.signals.size()) + kGap;
    const Plot plot = rows_in(
        c, height, numeric_axis(low, 1, low < -0.5 ? 2 * kStep : kStep, 2, "rank correlation with the loss"));
    svg->open_group("correlation", "Rank correlation of each signal with the loss");
    plot.draw_frame(svg);
    draw_panel_heading(svg, c, fmt::format("Correlation with the loss of the {}", s.unit),
                       "full: Spearman; pale: at equal predictive entropy");
    double y = plot.y + kGap;
    for (const SignalSummary& signal : s.signals) {
        const std::string name = signal_words(signal.kind, signal.layer);
        const std::string css = "fill-" + style_of(signal.kind);
        svg->text("", {plot.x - 8, y + kBar + 4}, Anchor::end, name);
        draw_bar(svg, plot, css, 0, y, signal.spearman, name + ", Spearman");
        draw_bar(svg, plot, css + " pale", 0, y + kBar, signal.partial, name + ", partial");
        y += kRow;
    }
    svg->line("whisker", {plot.at_x(0), plot.y}, {plot.at_x(0), plot.y + plot.height});
    svg->close_group();
    return kPanelTop + height + kPanelBottom;
}

double draw_detections(Svg* svg, const Column& c, const CalibrationSummary& s) {
    constexpr double kGap = 7, kTextGap = 9, kChance = 0.5;
    constexpr double kDetectors = 4;  // the signals without the layers, and the loss
    constexpr double kGroup = kDetectors * kBar + kGap;
    const std::size_t groups = s.detections.size();
    const double height = kGroup * static_cast<double>(groups) +
                          kTextGap * static_cast<double>(groups / kWindows.size()) + kGap;
    const Plot plot = rows_in(c, height, numeric_axis(0, 1, 0.25, 2, "AUROC, 0.5 is chance"));
    svg->open_group("ood", "AUROC of each signal for windows of other texts");
    plot.draw_frame(svg);
    draw_panel_heading(svg, c, "Other texts told from the data",
                       "by the mean over a window; strokes: single layers");
    double y = plot.y + kGap;
    for (std::size_t d = 0; d < groups; d++) {
        const DetectionSummary& detection = s.detections[d];
        if (d > 0 && detection.text != s.detections[d - 1].text) y += kTextGap;
        const std::string what = fmt::format("{}, {} {}s", detection.text, detection.window, s.unit);
        svg->text("", {plot.x - 8, y + 14}, Anchor::end, detection.text);
        svg->text("note", {plot.x - 8, y + 29}, Anchor::end, fmt::format("{} {}s", detection.window, s.unit));
        double bar = y;
        for (std::size_t i = 0; i < s.signals.size(); i++) {
            const Estimate& auroc = detection.auroc[i];
            if (s.signals[i].kind == SignalKind::router_entropy) {
                // On the bar of their mean, which comes first.
                if (auroc.mean)
                    svg->line("mark-layer", {plot.at_x(*auroc.mean), y + 1},
                              {plot.at_x(*auroc.mean), y + kBar - 2});
                continue;
            }
            draw_bar(svg, plot, "fill-" + style_of(s.signals[i].kind), kChance, bar, auroc,
                     fmt::format("{}, {}", what, signal_words(s.signals[i].kind, {})));
            bar += kBar;
        }
        draw_bar(svg, plot, fmt::format("fill-{}", kLossStyle), kChance, bar, detection.loss,
                 what + ", loss");
        y += kGroup;
    }
    svg->line("whisker", {plot.at_x(kChance), plot.y}, {plot.at_x(kChance), plot.y + plot.height});
    svg->close_group();
    return kPanelTop + height + kPanelBottom;
}

}  // namespace atome::cli
