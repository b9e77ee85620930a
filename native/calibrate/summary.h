// Figures of one or several models as means with intervals: what `atome calibrate` shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "atome/measure/student_t.h"
#include "native/calibrate/measurement.h"

namespace atome::cli {

inline constexpr double kConfidence = 0.95;

// The mean over the models, none where a model has no figure; the kConfidence interval of the mean over
// models (Student's t), none for a single model.
struct Estimate {
    std::optional<double> mean;
    std::optional<MeanInterval> interval;
};

struct SignalSummary {
    SignalKind kind = SignalKind::mean_router_entropy;
    std::optional<uint32_t> layer;
    Estimate spearman, partial, auroc, aurc;  // as those of Signal
    std::vector<double> curve;                // (kCurvePoints) mean risk by coverage
};

struct DetectionSummary {
    std::string text;
    uint32_t window = 0;
    std::size_t known = 0, unknown = 0;  // windows
    std::vector<Estimate> auroc;         // (S)
    Estimate loss;
};

struct TextSummary {
    std::string text;
    uint64_t predictions = 0, bytes = 0;
    Estimate nats;  // per byte of text
};

struct CalibrationSummary {
    std::size_t models = 0;
    const char* unit = "byte";  // what is predicted; "token" where tokens are pairs
    Estimate accuracy, ece, best_aurc;
    std::vector<CalibrationBin> bins;  // of all models together
    std::vector<SignalSummary> signals;
    std::vector<double> best_curve;
    std::vector<DetectionSummary> detections;
    std::vector<TextSummary> texts;  // the data first

    const TextSummary& data() const { return texts[0]; }
    bool of_pairs() const { return std::string_view(unit) != "byte"; }
};

// Of models of one architecture on the same texts; at least one.
CalibrationSummary summarise(const std::vector<Measurement>& models);

}  // namespace atome::cli
