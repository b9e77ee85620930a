// Figures in words. All bounds of the wording are in words.cc, in one place.
#pragma once

#include <string>
#include <vector>

#include "native/calibrate/summary.h"

namespace atome::cli {

// "router entropy, mean"; "router entropy, layer 1", counted from 1; "predictive entropy"; "1 - max
// probability".
std::string signal_words(SignalKind kind, std::optional<uint32_t> layer);
// "no better than a coin", "weak", "inverted, fair"... For several models whose interval holds 0.5:
// "undecided" or a coin. Without a figure: "no answer".
std::string auroc_words(const Estimate& auroc);
// "none", "weak", "moderate", "strong", with "negative" where it is.
std::string correlation_words(const Estimate& correlation);
// "well calibrated", "slightly over-confident"...
std::string calibration_words(const CalibrationSummary& summary);

// "0.479", or "0.479 [0.470, 0.488]" for several models; "-" without a figure.
std::string figure_words(const Estimate& estimate);

// One sentence a signal: "router entropy, mean: AUROC 0.479 for next-byte error: no better than a coin; ...".
std::vector<std::string> signal_sentences(const CalibrationSummary& summary);
// One sentence for each text but the data, on its longest windows.
std::vector<std::string> detection_sentences(const CalibrationSummary& summary);
// Is router entropy a signal of uncertainty? The answer in one or two sentences.
std::string headline(const CalibrationSummary& summary);

}  // namespace atome::cli
