#include "atome/formats/model_tensors.h"
#include "native/calibrate/show.h"
#include "native/calibrate/words.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

Json number(double value) { return value; }

template <class T>
Json number(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

// {mean, low, high}; the last two null for a single model.
Json number(const Estimate& e) {
    return {{"mean", number(e.mean)},
            {"low", e.interval ? Json(e.interval->low) : Json(nullptr)},
            {"high", e.interval ? Json(e.interval->high) : Json(nullptr)}};
}

Json bins_json(const std::vector<CalibrationBin>& bins) {
    Json list = Json::array();
    for (const CalibrationBin& bin : bins)
        list.push_back({{"count", bin.count},
                        {"accuracy", bin.count ? Json(bin.accuracy()) : Json(nullptr)},
                        {"confidence", bin.count ? Json(bin.mean_confidence()) : Json(nullptr)}});
    return list;
}

// Of one Measurement's or of a CalibrationSummary's signals.
template <class S>
Json signals_json(const std::vector<S>& signals) {
    Json list = Json::array();
    for (const S& s : signals)
        list.push_back({{"signal", name(s.kind)},
                        {"layer", number(s.layer)},
                        {"spearman", number(s.spearman)},
                        {"partial", number(s.partial)},
                        {"auroc", number(s.auroc)},
                        {"aurc", number(s.aurc)}});
    return list;
}

// Of one Measurement's or of a CalibrationSummary's detections.
template <class D, class S>
Json detections_json(const std::vector<D>& detections, const std::vector<S>& signals) {
    Json list = Json::array();
    for (const D& d : detections) {
        Json by_signal = Json::array();
        for (std::size_t i = 0; i < signals.size(); i++)
            by_signal.push_back({{"signal", name(signals[i].kind)},
                                 {"layer", number(signals[i].layer)},
                                 {"auroc", number(d.auroc[i])}});
        list.push_back({{"text", d.text},
                        {"window", d.window},
                        {"data_windows", d.known},
                        {"text_windows", d.unknown},
                        {"signals", by_signal},
                        {"loss_auroc", number(d.loss)}});
    }
    return list;
}

template <class T>
Json texts_json(const std::vector<T>& texts) {
    Json list = Json::array();
    for (const T& t : texts)
        list.push_back(
            {{"text", t.text}, {"bytes", t.bytes}, {"tokens", t.predictions}, {"nats", number(t.nats)}});
    return list;
}

Json model_json(const std::string& path, const Measurement& m) {
    return {{"model", path},
            {"nats", m.texts[0].nats},
            {"accuracy", m.report.accuracy},
            {"ece", m.report.ece},
            {"best_aurc", m.best_aurc},
            {"signals", signals_json(m.report.signals)},
            {"reliability", bins_json(m.report.bins)},
            {"ood", detections_json(m.detections, m.report.signals)},
            {"texts", texts_json(m.texts)}};
}

Json curves_json(const CalibrationSummary& s) {
    Json coverage = Json::array(), curves = Json::array();
    for (std::size_t k = 1; k <= kCurvePoints; k++)
        coverage.push_back(static_cast<double>(k) / static_cast<double>(kCurvePoints));
    for (const SignalSummary& signal : s.signals)
        curves.push_back(
            {{"signal", name(signal.kind)}, {"layer", number(signal.layer)}, {"risk", signal.curve}});
    return {{"coverage", coverage}, {"best", s.best_curve}, {"signals", curves}};
}

}  // namespace

Json calibration_json(const Subject& subject, const std::vector<Measurement>& models,
                      const CalibrationSummary& s) {
    Json each = Json::array();
    for (std::size_t m = 0; m < models.size(); m++) each.push_back(model_json(subject.models[m], models[m]));
    return {{"config", config_json(subject.config)},
            {"data", subject.data},
            {"bytes", s.data().bytes},
            {"tokens", s.data().predictions},
            {"tokenizer", s.of_pairs() ? kPairsTokenizer : kBytesTokenizer},
            {"seq", subject.protocol.seq},
            {"window", subject.protocol.window},
            {"kernels", subject.kernels},
            {"confidence", kConfidence},
            {"models", each},
            {"nats", number(s.data().nats)},
            {"accuracy", number(s.accuracy)},
            {"ece", number(s.ece)},
            {"best_aurc", number(s.best_aurc)},
            {"signals", signals_json(s.signals)},
            {"reliability", bins_json(s.bins)},
            {"risk_coverage", curves_json(s)},
            {"ood", detections_json(s.detections, s.signals)},
            {"texts", texts_json(s.texts)},
            {"left_out", subject.left_out},
            {"words",
             {{"headline", headline(s)}, {"signals", signal_sentences(s)}, {"ood", detection_sentences(s)}}}};
}

}  // namespace atome::cli
