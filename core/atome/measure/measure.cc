#include "atome/measure/measure.h"

#include "atome/base/bytes.h"
#include "atome/infer/stream.h"
#include "atome/measure/prediction.h"

namespace atome {

Status measure(Engine& engine, std::span<const uint8_t> tokens, Positions* out) {
    const std::size_t T = tokens.size(), L = engine.config().n_layers;
    const uint32_t V = engine.config().vocab_size;
    if (T < 3)
        return Status::error(Code::bad_argument,
                             "uncertainty is measured over at least 3 bytes or tokens: this text has ", T);
    ATOME_TRY(check_vocabulary(tokens.data(), tokens.size(), V));
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
        ATOME_TRY(engine.step(tokens[i]));
        double sum = 0;
        for (uint32_t l = 0; l < L; l++) {
            const float entropy = engine.entropy(l);
            p.entropy[l * N + i] = entropy;
            sum += static_cast<double>(entropy);
        }
        p.mean[i] = static_cast<float>(sum / static_cast<double>(L));
        const Prediction prediction = predict(engine.kernels(), engine.logits(), V, tokens[i + 1]);
        p.predicted[i] = prediction.entropy;
        p.max_probability[i] = prediction.max_probability;
        p.nats[i] = prediction.nats;
        p.correct[i] = prediction.best == tokens[i + 1];
    }
    *out = std::move(p);
    return {};
}

Positions concatenate(std::span<const Positions> parts) {
    Positions all;
    std::size_t layers = 0;
    for (const Positions& p : parts) {
        const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
        append(all.mean, p.mean);
        append(all.predicted, p.predicted);
        append(all.max_probability, p.max_probability);
        append(all.nats, p.nats);
        append(all.correct, p.correct);
        if (!p.nats.empty()) layers = p.entropy.size() / p.nats.size();
    }
    all.entropy.reserve(layers * all.nats.size());
    for (std::size_t l = 0; l < layers; l++)
        for (const Positions& p : parts) {
            const auto first = p.entropy.begin() + static_cast<std::ptrdiff_t>(l * p.nats.size());
            all.entropy.insert(all.entropy.end(), first, first + static_cast<std::ptrdiff_t>(p.nats.size()));
        }
    return all;
}

std::string_view name(SignalKind kind) {
    constexpr std::string_view kNames[] = {"mean_router_entropy", "router_entropy", "predictive_entropy",
                                           "one_minus_max_probability"};
    return kNames[static_cast<int>(kind)];
}

std::vector<SignalValues> signals(const Positions& p) {
    std::vector<SignalValues> all;
    const std::size_t N = p.nats.size();
    if (N == 0) return all;
    all.push_back({SignalKind::mean_router_entropy, std::nullopt, p.mean});
    for (std::size_t l = 0; l < p.entropy.size() / N; l++) {
        const auto first = p.entropy.begin() + static_cast<std::ptrdiff_t>(l * N);
        all.push_back({SignalKind::router_entropy,
                       static_cast<uint32_t>(l),
                       {first, first + static_cast<std::ptrdiff_t>(N)}});
    }
    all.push_back({SignalKind::predictive_entropy, std::nullopt, p.predicted});
    all.push_back({SignalKind::one_minus_max_probability, std::nullopt, p.max_probability});
    for (float& x : all.back().values) x = 0 - x;
    return all;
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
    r.bins = reliability(p.max_probability, p.correct, kCalibrationBins);
    r.ece = *expected_calibration_error(r.bins);

    const Ranking loss = rank(p.nats), predicted = rank(p.predicted);
    for (const SignalValues& values : signals(p)) {
        const Ranking signal = rank(values.values);
        Signal s{values.kind,  values.layer,         spearman(signal, loss),
                 std::nullopt, auroc(signal, wrong), *aurc(risk_coverage(signal, wrong))};
        if (values.kind != SignalKind::predictive_entropy)
            s.partial = partial_spearman(signal, loss, predicted);
        r.signals.push_back(s);
    }
    return r;
}

}  // namespace atome
