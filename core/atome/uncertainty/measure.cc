#include "atome/uncertainty/measure.h"

#include "atome/bytes.h"
#include "atome/uncertainty/prediction.h"
#include "atome/uncertainty/statistics.h"

namespace atome {

Status measure(Engine& engine, std::span<const uint8_t> text, Positions* out) {
    const std::size_t T = text.size(), L = engine.config().n_layers;
    const uint32_t V = engine.config().vocab_size;
    if (T < 3)
        return Status::error(Code::bad_argument,
                             "uncertainty is measured over at least 3 bytes: this text has ", T);
    ATOME_TRY(check_vocabulary(text, V));
    const std::size_t N = T - 1;
    Positions p;
    p.entropy.resize(L * N);
    p.mean.resize(N);
    p.predicted.resize(N);
    p.max_probability.resize(N);
    p.nats.resize(N);
    p.correct.resize(N);
    engine.reset();
    for (std::size_t i = 0; i < N; i++) {
        ATOME_TRY(engine.step(text[i]));
        for (uint32_t v = 0; v < V; v++)
            if (!is_finite(engine.logits()[v]))
                return Status::error(Code::not_finite, "at position ", i, " logit ", v,
                                     " is not finite: the model's weights are too large");
        double sum = 0;
        for (uint32_t l = 0; l < L; l++) {
            const float entropy = engine.entropy(l);
            p.entropy[l * N + i] = entropy;
            sum += static_cast<double>(entropy);
        }
        p.mean[i] = static_cast<float>(sum / static_cast<double>(L));
        const Prediction prediction = predict(engine.kernels(), engine.logits(), V, text[i + 1]);
        p.predicted[i] = prediction.entropy;
        p.max_probability[i] = prediction.max_probability;
        p.nats[i] = prediction.nats;
        p.correct[i] = prediction.best == text[i + 1];
    }
    *out = std::move(p);
    return {};
}

std::string_view name(SignalKind kind) {
    constexpr std::string_view kNames[] = {"mean_router_entropy", "router_entropy", "predictive_entropy",
                                           "one_minus_max_probability"};
    return kNames[static_cast<int>(kind)];
}

Report report(const Positions& p) {
    const std::size_t N = p.nats.size();
    Report r;
    if (N == 0) return r;
    r.predictions = N;
    std::vector<uint8_t> wrong(N);
    double correct = 0;
    for (std::size_t i = 0; i < N; i++) {
        wrong[i] = !p.correct[i];
        correct += p.correct[i];
        r.nats += static_cast<double>(p.nats[i]);
    }
    r.accuracy = correct / static_cast<double>(N);
    r.nats /= static_cast<double>(N);
    r.ece = *expected_calibration_error(p.max_probability, p.correct, kCalibrationBins);

    const Ranking loss = rank(p.nats), predicted = rank(p.predicted);
    const auto add = [&](SignalKind kind, std::optional<uint32_t> layer, const Ranking& signal) {
        Signal s{kind,
                 layer,
                 spearman(signal, loss),
                 std::nullopt,
                 auroc(signal, wrong),
                 *aurc(risk_coverage(signal, wrong))};
        if (kind != SignalKind::predictive_entropy) s.partial = partial_spearman(signal, loss, predicted);
        r.signals.push_back(s);
    };
    add(SignalKind::mean_router_entropy, std::nullopt, rank(p.mean));
    for (std::size_t l = 0; l < p.entropy.size() / N; l++)
        add(SignalKind::router_entropy, static_cast<uint32_t>(l),
            rank(std::span(p.entropy).subspan(l * N, N)));
    add(SignalKind::predictive_entropy, std::nullopt, predicted);
    // All figures depend on the order alone, and -p orders as 1 - p does, without rounding.
    std::vector<float> negative(N);
    for (std::size_t i = 0; i < N; i++) negative[i] = 0 - p.max_probability[i];
    add(SignalKind::one_minus_max_probability, std::nullopt, rank(negative));
    return r;
}

}  // namespace atome
