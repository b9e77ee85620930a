#include "native/calibrate/figure.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "native/calibrate/words.h"
#include "native/cli/terminal.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

constexpr double kPage = 900, kMargin = 20, kGutter = 30;
constexpr double kPanelWidth = (kPage - 2 * kMargin - kGutter) / 2;
constexpr std::size_t kLineColumns = 144;  // of running text over the page's width

constexpr const char* kStyle =
    R"(text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #222 }
text.title { font-size: 19px; font-weight: 600 }
text.panel { font-size: 14px; font-weight: 600 }
text.note, text.tick, text.label { fill: #555 }
.page { fill: #fff }
line, polyline { fill: none }
.grid { stroke: #e3e3e3 }
.chance { stroke: #555; stroke-dasharray: 5 4 }
.best { stroke: #555; stroke-dasharray: 1 3; stroke-width: 1.5 }
.share { fill: #dcdcdc }
.whisker { stroke: #222; stroke-width: 1.2 }
.pale { opacity: .5 }
.line-router, .line-predictive, .line-max { stroke-width: 2.2 }
.line-predictive { stroke-dasharray: 8 3 }
.line-max { stroke-dasharray: 2 3 }
.line-router { stroke: #d55e00 } .fill-router { fill: #d55e00 }
.line-layer { stroke: #e0a87c } .fill-layer { fill: #e0a87c } .mark-layer { stroke: #222 }
.line-predictive { stroke: #0072b2 } .fill-predictive { fill: #0072b2 }
.line-max { stroke: #009e73 } .fill-max { fill: #009e73 }
.fill-loss { fill: #aa4499 }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8e8 }
text.note, text.tick, text.label { fill: #adadad }
.page { fill: #15171c }
.grid { stroke: #30343c }
.chance, .best { stroke: #adadad }
.share { fill: #3a3f49 }
.whisker, .mark-layer { stroke: #e8e8e8 }
.line-router { stroke: #ff8c42 } .fill-router { fill: #ff8c42 }
.line-layer { stroke: #a8744e } .fill-layer { fill: #a8744e }
.line-predictive { stroke: #56b4e9 } .fill-predictive { fill: #56b4e9 }
.line-max { stroke: #2bc79a } .fill-max { fill: #2bc79a }
.fill-loss { fill: #d98cc7 }
}
)";

// Lines of at most kLineColumns, broken at spaces.
std::vector<std::string> wrapped(std::string text) {
    std::vector<std::string> lines;
    while (text.size() > kLineColumns) {
        const std::size_t space = text.rfind(' ', kLineColumns);
        const std::size_t end = space == std::string::npos || space == 0 ? kLineColumns : space;
        lines.push_back(text.substr(0, end));
        text.erase(0, end + (end == space ? 1 : 0));
    }
    lines.push_back(text);
    return lines;
}

std::string file_name(const std::string& path) {
    return clipped(std::filesystem::path(path).filename().string(), 40);
}

double draw_heading(Svg* svg, const Subject& subject, const CalibrationSummary& s) {
    double y = 34;
    svg->text("title", {kMargin, y}, Anchor::start, "Is router entropy a signal of uncertainty?");
    y += 6;
    std::string what = file_name(subject.models[0]);
    if (s.models > 1)
        what += fmt::format(" and {} more, {:.0f} % intervals over models", s.models - 1, 100 * kConfidence);
    const std::string run =
        fmt::format("{} ({}) on {}: {} bytes, {:.3f} bits per byte", what, config_text(subject.config),
                    file_name(subject.data), grouped(s.data().bytes), *s.data().nats.mean / std::log(2.0));
    for (const std::string& line : wrapped(headline(s)))
        svg->text("", {kMargin, y += 18}, Anchor::start, line);
    for (const std::string& line : wrapped(run)) svg->text("note", {kMargin, y += 18}, Anchor::start, line);
    return y;
}

// One row: a piece of line and a bar in the colour of each signal, and its name.
void draw_legend(Svg* svg, double y) {
    double x = kMargin;
    const auto entry = [&](const std::string& style, bool line, const char* name, double width) {
        if (line) svg->polyline("line-" + style, {{x, y - 4}, {x + 24, y - 4}});
        svg->rectangle("fill-" + style, x + (line ? 28 : 0), y - 9, 10, 10);
        svg->text("", {x + (line ? 44 : 16), y}, Anchor::start, name);
        x += width;
    };
    entry(style_of(SignalKind::mean_router_entropy), true, "router entropy, mean", 190);
    entry(style_of(SignalKind::router_entropy), true, "of each layer", 145);
    entry(style_of(SignalKind::predictive_entropy), true, "predictive entropy", 172);
    entry(style_of(SignalKind::one_minus_max_probability), true, "1 - max probability", 182);
    entry(kLossStyle, false, "loss (known afterwards)", 160);
}

}  // namespace

std::string style_of(SignalKind kind) {
    return kind == SignalKind::mean_router_entropy  ? "router"
           : kind == SignalKind::router_entropy     ? "layer"
           : kind == SignalKind::predictive_entropy ? "predictive"
                                                    : "max";
}

void draw_panel_heading(Svg* svg, const Column& column, const std::string& title, const std::string& note) {
    svg->text("panel", {column.x, column.y + 26}, Anchor::start, title);
    svg->text("note", {column.x, column.y + 44}, Anchor::start, note);
}

std::string figure_svg(const Subject& subject, const CalibrationSummary& s) {
    constexpr double left = kMargin, right = kMargin + kPanelWidth + kGutter;
    Svg svg;
    double y = draw_heading(&svg, subject, s) + 30;
    draw_legend(&svg, y);
    y += 20;
    y += std::max(draw_risk_coverage(&svg, {left, y, kPanelWidth}, s),
                  draw_reliability(&svg, {right, y, kPanelWidth}, s));
    y += std::max(draw_correlations(&svg, {left, y, kPanelWidth}, s),
                  draw_detections(&svg, {right, y, kPanelWidth}, s));
    return svg.file(kPage, y, kStyle, "Is router entropy a signal of uncertainty?", headline(s));
}

}  // namespace atome::cli
