// The panels with two numeric axes.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "native/calibrate/figure.h"
#include "native/calibrate/words.h"

namespace atome::cli {
namespace {

constexpr double kLeft = 56, kSide = 260;

Plot plot_in(const Column& c, Axis across, Axis up) {
    return {c.x + kLeft, c.y + kPanelTop, c.width - kLeft, kSide, std::move(across), std::move(up)};
}

std::vector<Point> curve_points(const Plot& plot, const std::vector<double>& curve) {
    std::vector<Point> points;
    for (std::size_t k = 0; k < curve.size(); k++)
        points.push_back(
            {plot.at_x(static_cast<double>(k + 1) / static_cast<double>(curve.size())), plot.at_y(curve[k])});
    return points;
}

}  // namespace

double draw_risk_coverage(Svg* svg, const Column& column, const CalibrationSummary& s) {
    double most = 0.05;
    for (const SignalSummary& signal : s.signals)
        most = std::max(most, *std::max_element(signal.curve.begin(), signal.curve.end()));
    const double step = most > 0.5 ? 0.2 : most > 0.2 ? 0.1 : 0.05;
    const double risk = 1 - *s.accuracy.mean;
    const Plot plot = plot_in(
        column,
        numeric_axis(0, 1, 0.2, 1, fmt::format("coverage: the least uncertain share of the {}s", s.unit)),
        numeric_axis(0, std::ceil(most / step) * step, step, 2, "risk: share of errors"));
    svg->open_group("risk-coverage", "Risk by coverage for each signal");
    draw_panel_heading(svg, column, "Risk and coverage",
                       "dashes: chance; dots: a signal that knows every error");
    plot.draw_frame(svg);
    svg->line("chance", {plot.at_x(0), plot.at_y(risk)}, {plot.at_x(1), plot.at_y(risk)});
    svg->polyline("best", curve_points(plot, s.best_curve));
    // The layers first, below the others.
    for (const bool layers : {true, false})
        for (const SignalSummary& signal : s.signals)
            if ((signal.kind == SignalKind::router_entropy) == layers)
                svg->polyline("line-" + style_of(signal.kind), curve_points(plot, signal.curve));
    svg->close_group();
    return kPanelTop + kSide + kPanelBottom;
}

double draw_reliability(Svg* svg, const Column& column, const CalibrationSummary& s) {
    const Plot plot = plot_in(column, numeric_axis(0, 1, 0.2, 1, "largest probability of the softmax"),
                              numeric_axis(0, 1, 0.2, 1, "accuracy"));
    svg->open_group("reliability", "Accuracy by largest probability");
    draw_panel_heading(
        svg, column, fmt::format("Reliability: {}", calibration_words(s)),
        fmt::format("calibration error {}; bars: share of the {}s", figure_words(s.ece), s.unit));
    plot.draw_frame(svg);
    uint64_t all = 0;
    for (const CalibrationBin& bin : s.bins) all += bin.count;
    const double bins = static_cast<double>(s.bins.size());
    std::vector<Point> points;
    for (std::size_t b = 0; b < s.bins.size(); b++) {
        const CalibrationBin& bin = s.bins[b];
        if (bin.count == 0) continue;
        const double share = static_cast<double>(bin.count) / static_cast<double>(all);
        const double low = plot.at_x(static_cast<double>(b) / bins);
        const double high = plot.at_x(static_cast<double>(b + 1) / bins);
        svg->rectangle("share", low + 1, plot.at_y(share), high - low - 2, plot.at_y(0) - plot.at_y(share),
                       fmt::format("{:.1f} % of the {}s", 100 * share, s.unit));
        points.push_back({plot.at_x(bin.mean_confidence()), plot.at_y(bin.accuracy())});
    }
    svg->line("chance", {plot.at_x(0), plot.at_y(0)}, {plot.at_x(1), plot.at_y(1)});
    svg->polyline("line-predictive", points);
    for (const Point& p : points) svg->circle("fill-predictive", p, 3.5);
    svg->close_group();
    return kPanelTop + kSide + kPanelBottom;
}

}  // namespace atome::cli
