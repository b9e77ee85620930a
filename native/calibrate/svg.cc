#include "native/calibrate/svg.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace atome::cli {
namespace {

constexpr double kTickGap = 6;     // from the inside to the ticks' text
constexpr double kLabelDrop = 36;  // from the inside down to the label's baseline
constexpr double kLabelLeft = 40;  // from the inside left to the upright label

// Text from names of files: markup escaped, control characters and what is not ASCII as '?'.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c < 0x20 || c > 0x7e ? '?' : c;
    }
    return out;
}

const char* name(Anchor anchor) {
    return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

// The end of an element that may hold a title.
std::string closed(const char* element, std::string_view what) {
    if (what.empty()) return "/>\n";
    return fmt::format("><title>{}</title></{}>\n", escaped(what), element);
}

double along(const Axis& axis, double value) {
    return (std::clamp(value, axis.low, axis.high) - axis.low) / (axis.high - axis.low);
}

}  // namespace

void Svg::rectangle(std::string_view css, double x, double y, double width, double height,
                    std::string_view what) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"{}",
                         css, x, y, width, height, closed("rect", what));
}

void Svg::line(std::string_view css, Point from, Point to) {
    body_ += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                         css, from.x, from.y, to.x, to.y);
}

void Svg::polyline(std::string_view css, const std::vector<Point>& points) {
    body_ += fmt::format("<polyline class=\"{}\" points=\"", css);
    for (const Point& p : points) body_ += fmt::format("{:.1f},{:.1f} ", p.x, p.y);
    body_ += "\"/>\n";
}

void Svg::circle(std::string_view css, Point centre, double radius, std::string_view what) {
    body_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"{}", css, centre.x,
                         centre.y, radius, closed("circle", what));
}

void Svg::text(std::string_view css, Point at, Anchor anchor, std::string_view text) {
    body_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", css,
                         at.x, at.y, name(anchor), escaped(text));
}

void Svg::upright_text(std::string_view css, Point middle, std::string_view text) {
    body_ += fmt::format(
        "<text class=\"{}\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
        "text-anchor=\"middle\">{}</text>\n",
        css, middle.x, middle.y, escaped(text));
}

void Svg::open_group(std::string_view id, std::string_view label) {
    body_ += fmt::format("<g id=\"{}\" role=\"group\" aria-label=\"{}\">\n", id, escaped(label));
}

void Svg::close_group() { body_ += "</g>\n"; }

std::string Svg::file(double width, double height, std::string_view style, std::string_view title,
                      std::string_view description) const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" role=\"img\" aria-labelledby=\"title description\">\n"
        "<title id=\"title\">{2}</title>\n<desc id=\"description\">{3}</desc>\n<style>\n{4}</style>\n"
        "<rect class=\"page\" width=\"{0:.0f}\" height=\"{1:.0f}\"/>\n{5}</svg>\n",
        width, height, escaped(title), escaped(description), style, body_);
}

double Plot::at_x(double value) const { return x + width * along(across, value); }
double Plot::at_y(double value) const { return y + height * (1 - along(up, value)); }

void Plot::draw_frame(Svg* svg) const {
    for (const auto& [value, text] : across.ticks) {
        svg->line("grid", {at_x(value), y}, {at_x(value), y + height});
        svg->text("tick", {at_x(value), y + height + kTickGap + 10}, Anchor::middle, text);
    }
    for (const auto& [value, text] : up.ticks) {
        svg->line("grid", {x, at_y(value)}, {x + width, at_y(value)});
        svg->text("tick", {x - kTickGap, at_y(value) + 4}, Anchor::end, text);
    }
    svg->text("label", {x + width / 2, y + height + kLabelDrop}, Anchor::middle, across.label);
    if (!up.label.empty()) svg->upright_text("label", {x - kLabelLeft, y + height / 2}, up.label);
}

Axis numeric_axis(double low, double high, double step, int decimals, std::string label) {
    Axis axis{low, high, {}, std::move(label)};
    for (double n = std::ceil(low / step - 1e-9); n * step <= high + 1e-9; n++)
        axis.ticks.emplace_back(n * step, fmt::format("{:.{}f}", n == 0 ? 0.0 : n * step, decimals));
    return axis;
}

}  // namespace atome::cli
