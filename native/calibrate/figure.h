// The figure of `atome calibrate`: risk and coverage, reliability, correlations, other texts.
#pragma once

#include <string>

#include "native/calibrate/show.h"
#include "native/calibrate/summary.h"
#include "native/calibrate/svg.h"

namespace atome::cli {

// One SVG file, 900 pixels wide, for light and dark pages. Colours are Okabe & Ito's (Color universal design,
// 2008) and Tol's, and curves differ by their dashes too.
std::string figure_svg(const Subject& subject, const CalibrationSummary& summary);

// Class suffix in the style sheet: "router", "layer", "predictive", "max".
std::string style_of(SignalKind kind);
inline constexpr const char* kLossStyle = "loss";

// The panels, in a column `x`, `width` with its top at `y`. Each draws itself and returns its height.
struct Column {
    double x, y, width;
};
// From the top of a panel to the inside of its plot, and from there to its end.
inline constexpr double kPanelTop = 62, kPanelBottom = 52;
// Within the former: what the panel shows, and a line that explains its marks.
void draw_panel_heading(Svg* svg, const Column& column, const std::string& title, const std::string& note);
double draw_risk_coverage(Svg* svg, const Column& column, const CalibrationSummary& summary);
double draw_reliability(Svg* svg, const Column& column, const CalibrationSummary& summary);
double draw_correlations(Svg* svg, const Column& column, const CalibrationSummary& summary);
double draw_detections(Svg* svg, const Column& column, const CalibrationSummary& summary);

}  // namespace atome::cli
