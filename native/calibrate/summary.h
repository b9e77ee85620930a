// Figures of one or several models as means with intervals: what `atome calibrate` shows.
#pragma once

#include <optional>
#include <string>
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
    uint64_t predictions = 0;
    Estimate nats;
};

struct CalibrationSummary {
    std::size_t models = 0;
    uint64_t predictions = 0;  // on the data, by each model
    Estimate accuracy, nats, ece, best_aurc;
    std::vector<CalibrationBin> bins;  // of all models together
    std::vector<SignalSummary> signals;
    std::vector<double> best_curve;
    std::vector<DetectionSummary> detections;
    std::vector<TextSummary> texts;  // the data first
};

// Of models of one architecture on the same texts; at least one.
CalibrationSummary summarise(const std::vector<Measurement>& models);

}  // namespace atome::cli
