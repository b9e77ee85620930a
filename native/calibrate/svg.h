// Just enough SVG for a figure: shapes by class, text, and a plot with two axes. Units are pixels of a page
// of 900; y grows downwards.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atome::cli {

struct Point {
    double x, y;
};

enum class Anchor { start, middle, end };

// Collects elements. Classes are those of the style sheet. Coordinates must be finite.
class Svg {
  public:
    // `what` is shown when the pointer rests on it; empty: nothing.
    void rectangle(std::string_view css, double x, double y, double width, double height,
                   std::string_view what = {});
    void line(std::string_view css, Point from, Point to);
    void polyline(std::string_view css, const std::vector<Point>& points);
    void circle(std::string_view css, Point centre, double radius, std::string_view what = {});
    void text(std::string_view css, Point at, Anchor anchor, std::string_view text);
    // Read from bottom to top, its middle at the point.
    void upright_text(std::string_view css, Point middle, std::string_view text);
    // Everything until close_group() is one panel, named for programs and for people who hear the figure.
    void open_group(std::string_view id, std::string_view label);
    void close_group();
    // The whole file. `title` and `description` are what a screen reader says.
    std::string file(double width, double height, std::string_view style, std::string_view title,
                     std::string_view description) const;

  private:
    std::string body_;
};

// An axis: its range, where ticks are, and their text.
struct Axis {
    double low, high;
    std::vector<std::pair<double, std::string>> ticks;
    std::string label;
};

// A rectangle of the page with two axes. An axis without ticks and label is not drawn.
struct Plot {
    double x, y, width, height;  // of the inside
    Axis across, up;

    // Values beyond the range lie on its edge.
    double at_x(double value) const;
    double at_y(double value) const;
    // Grid, ticks, labels.
    void draw_frame(Svg* svg) const;
};

// Ticks at multiples of `step` within the range, with `decimals`.
Axis numeric_axis(double low, double high, double step, int decimals, std::string label);

}  // namespace atome::cli
