#include "native/calibrate/summary.h"

#include <functional>

namespace atome::cli {
namespace {

using Figure = std::function<std::optional<double>(const Measurement&)>;

Estimate estimate(const std::vector<Measurement>& models, const Figure& figure) {
    std::vector<double> values;
    double sum = 0;
    for (const Measurement& m : models) {
        const std::optional<double> value = figure(m);
        if (!value) return {};
        values.push_back(*value);
        sum += *value;
    }
    return {sum / static_cast<double>(values.size()), mean_interval(values, kConfidence)};
}

std::vector<double> mean_curve(const std::vector<Measurement>& models,
                               const std::function<const std::vector<double>&(const Measurement&)>& curve) {
    std::vector<double> mean(kCurvePoints);
    for (const Measurement& m : models)
        for (std::size_t k = 0; k < kCurvePoints; k++)
            mean[k] += curve(m)[k] / static_cast<double>(models.size());
    return mean;
}

}  // namespace

CalibrationSummary summarise(const std::vector<Measurement>& models) {
    const Measurement& first = models[0];
    const auto of = [&](const Figure& figure) { return estimate(models, figure); };
    CalibrationSummary s;
    s.models = models.size();
    s.accuracy = of([](const auto& m) { return m.report.accuracy; });
    s.ece = of([](const auto& m) { return m.report.ece; });
    s.best_aurc = of([](const auto& m) { return m.best_aurc; });
    s.best_curve = mean_curve(
        models, [](const auto& m) -> const auto& { return m.best_curve; });
    s.bins.resize(kCalibrationBins);
    for (const Measurement& m : models)
        for (std::size_t b = 0; b < s.bins.size(); b++) s.bins[b].add(m.report.bins[b]);

    for (std::size_t i = 0; i < first.report.signals.size(); i++) {
        const Signal& signal = first.report.signals[i];
        s.signals.push_back({signal.kind, signal.layer,
                             of([i](const auto& m) { return m.report.signals[i].spearman; }),
                             of([i](const auto& m) { return m.report.signals[i].partial; }),
                             of([i](const auto& m) { return m.report.signals[i].auroc; }),
                             of([i](const auto& m) { return m.report.signals[i].aurc; }),
                             mean_curve(
                                 models, [i](const auto& m) -> const auto& { return m.curves[i]; })});
    }
    for (std::size_t d = 0; d < first.detections.size(); d++) {
        const Detection& detection = first.detections[d];
        DetectionSummary summary{
            detection.text, detection.window, detection.known, detection.unknown, {}, {}};
        for (std::size_t i = 0; i < detection.auroc.size(); i++)
            summary.auroc.push_back(of([d, i](const auto& m) { return m.detections[d].auroc[i]; }));
        summary.loss = of([d](const auto& m) { return m.detections[d].loss; });
        s.detections.push_back(std::move(summary));
    }
    for (std::size_t t = 0; t < first.texts.size(); t++)
        s.texts.push_back({first.texts[t].text, first.texts[t].predictions, first.texts[t].bytes,
                           of([t](const auto& m) { return m.texts[t].nats; })});
    return s;
}

}  // namespace atome::cli
