// Measurements against what the oracle (tests/golden) and the engine say about the same positions, and the
// report against the statistics that it is made of.
#include "atome/measure/measure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "atome/kernels/registry.h"
#include "atome/measure/statistics.h"
#include "atome/quant/coded_model.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

struct Running {
    cli::AlignedBuffer memory;
    Engine engine;

    Running(const OpenModel& m, uint32_t window) {
        const EngineOptions options{.window = window, .unpack = true, .kernels = &best_kernels()};
        memory = cli::AlignedBuffer(arena_bytes(m.view, options));
        const Status status = engine.init(m.view, options, memory.data(), memory.size());
        EXPECT_TRUE(status.ok()) << status.message();
    }
};

std::vector<uint8_t> text_of(const GoldenCase& c) {
    std::vector<uint8_t> text;
    for (const uint32_t token : c.tokens) text.push_back(static_cast<uint8_t>(token));
    return text;
}

void expect_finite(const Positions& p) {
    for (const auto* values : {&p.entropy, &p.mean, &p.predicted, &p.max_probability, &p.nats})
        for (const float x : *values) ASSERT_TRUE(std::isfinite(x));
}

class Measured : public testing::TestWithParam<std::string> {};

TEST_P(Measured, PositionsAreThoseOfTheOracle) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel m = open_model(c.model);
    const std::size_t T = c.tokens.size(), N = T - 1, L = c.model.config.n_layers,
                      V = c.model.config.vocab_size;
    Running r(m, c.stream_window());
    ASSERT_TRUE(r.engine.step(1).ok());  // measure() starts afresh
    Positions p;
    ASSERT_TRUE(measure(r.engine, text_of(c), &p).ok());
    ASSERT_EQ(p.entropy.size(), L * N);
    for (const auto* values : {&p.mean, &p.predicted, &p.max_probability, &p.nats})
        ASSERT_EQ(values->size(), N);
    ASSERT_EQ(p.correct.size(), N);
    expect_finite(p);
    for (std::size_t i = 0; i < N; i++) {
        double mean = 0;
        for (std::size_t l = 0; l < L; l++) {
            EXPECT_NEAR(p.entropy[l * N + i], c.expected.entropy[l * T + i], 1e-4);
            mean += static_cast<double>(p.entropy[l * N + i]) / static_cast<double>(L);
        }
        EXPECT_NEAR(p.mean[i], mean, 1e-6);
        const float* logits = &c.expected.logits[i * V];
        const double most = static_cast<double>(*std::max_element(logits, logits + V));
        double sum = 0, entropy = 0;
        for (std::size_t v = 0; v < V; v++) sum += std::exp(static_cast<double>(logits[v]) - most);
        const double total = most + std::log(sum);
        for (std::size_t v = 0; v < V; v++) {
            const double log_p = static_cast<double>(logits[v]) - total;
            entropy -= std::exp(log_p) * log_p;
        }
        EXPECT_NEAR(p.nats[i], total - static_cast<double>(logits[c.tokens[i + 1]]), 1e-3);
        EXPECT_NEAR(p.predicted[i], entropy, 1e-3);
        EXPECT_NEAR(p.max_probability[i], 1 / sum, 1e-4);
    }
}

TEST_P(Measured, TheReportIsThatOfItsPositions) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel m = open_model(c.model);
    Running r(m, 8);
    Positions p;
    ASSERT_TRUE(measure(r.engine, text_of(c), &p).ok());
    const std::size_t N = p.nats.size(), L = c.model.config.n_layers;
    // The first of the largest logits, as the greedy sampler has it.
    r.engine.reset();
    for (std::size_t i = 0; i < N; i++) {
        ASSERT_TRUE(r.engine.step(c.tokens[i]).ok());
        const float* logits = r.engine.logits();
        const auto best = std::max_element(logits, logits + c.model.config.vocab_size) - logits;
        EXPECT_EQ(p.correct[i], static_cast<uint32_t>(best) == c.tokens[i + 1]);
        for (uint32_t l = 0; l < L; l++) EXPECT_EQ(p.entropy[l * N + i], r.engine.entropy(l));
    }

    const Report got = report(p);
    ASSERT_EQ(got.signals.size(), L + 3);
    EXPECT_EQ(got.predictions, N);
    double nats = 0, right = 0;
    std::vector<uint8_t> wrong;
    for (std::size_t i = 0; i < N; i++) {
        nats += static_cast<double>(p.nats[i]);
        right += p.correct[i];
        wrong.push_back(!p.correct[i]);
    }
    EXPECT_NEAR(got.nats, nats / static_cast<double>(N), 1e-12);
    EXPECT_NEAR(got.bits(), got.nats / std::log(2.0), 1e-12);
    EXPECT_EQ(got.accuracy, right / static_cast<double>(N));
    EXPECT_EQ(got.ece, expected_calibration_error(reliability(p.max_probability, p.correct, 15)));

    std::vector<std::vector<float>> signals{p.mean};
    for (std::size_t l = 0; l < L; l++) {
        const auto first = p.entropy.begin() + static_cast<std::ptrdiff_t>(l * N);
        signals.emplace_back(first, first + static_cast<std::ptrdiff_t>(N));
    }
    signals.push_back(p.predicted);
    for (float& x : signals.emplace_back(p.max_probability)) x = -x;
    const Ranking loss = rank(p.nats), predicted = rank(p.predicted);
    for (std::size_t i = 0; i < signals.size(); i++) {
        const Ranking signal = rank(signals[i]);
        const Signal& s = got.signals[i];
        EXPECT_EQ(s.spearman, spearman(signal, loss)) << i;
        EXPECT_EQ(s.partial, i == L + 1 ? std::nullopt : partial_spearman(signal, loss, predicted)) << i;
        EXPECT_EQ(s.auroc, auroc(signal, wrong)) << i;
        EXPECT_EQ(s.aurc, aurc(risk_coverage(signal, wrong))) << i;
        const bool of_layer = i >= 1 && i <= L;
        const std::string_view expected = i == 0       ? "mean_router_entropy"
                                          : of_layer   ? "router_entropy"
                                          : i == L + 1 ? "predictive_entropy"
                                                       : "one_minus_max_probability";
        EXPECT_EQ(name(s.kind), expected) << i;
        EXPECT_EQ(s.layer, of_layer ? std::optional(static_cast<uint32_t>(i - 1)) : std::nullopt) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Measured, testing::ValuesIn(routed_cases()),
                         [](const auto& param) { return param.param; });

TEST(Measure, OnePathwayHasNoEntropyToCorrelate) {
    const GoldenCase c = load_golden(golden_path("tiny_no_local_state"));
    const OpenModel m = open_model(c.model);
    Running r(m, 16);
    Positions p;
    ASSERT_TRUE(measure(r.engine, text_of(c), &p).ok());
    for (const float e : p.entropy) EXPECT_EQ(e, 0);
    p.correct[0] = 1;  // so that there is an AUROC
    p.correct[1] = 0;
    const Report got = report(p);
    for (std::size_t i = 0; i <= c.model.config.n_layers; i++) {
        EXPECT_EQ(got.signals[i].spearman, std::nullopt);
        EXPECT_EQ(got.signals[i].partial, std::nullopt);
        EXPECT_EQ(got.signals[i].auroc, 0.5);
        EXPECT_NEAR(got.signals[i].aurc, 1 - got.accuracy, 1e-12);
    }
    EXPECT_TRUE(got.signals[c.model.config.n_layers + 1].spearman);
}

TEST(Measure, StreamsInARowAreAsOne) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    const OpenModel m = open_model(c.model);
    Running r(m, 16);
    const std::vector<uint8_t> text = text_of(c);
    std::vector<Positions> parts(3);
    const std::size_t ends[] = {0, 4, 7, text.size()};
    for (std::size_t i = 0; i < 3; i++)
        ASSERT_TRUE(
            measure(r.engine, std::span(text).subspan(ends[i], ends[i + 1] - ends[i]), &parts[i]).ok());
    parts.insert(parts.begin() + 1, Positions{});  // nothing in between changes nothing
    const Positions all = concatenate(parts);
    const std::size_t N = text.size() - 3, L = c.model.config.n_layers;
    ASSERT_EQ(all.nats.size(), N);
    ASSERT_EQ(all.entropy.size(), L * N);
    std::size_t at = 0;
    for (const Positions& p : parts)
        for (std::size_t i = 0; i < p.nats.size(); i++, at++) {
            EXPECT_EQ(all.nats[at], p.nats[i]);
            EXPECT_EQ(all.mean[at], p.mean[i]);
            EXPECT_EQ(all.predicted[at], p.predicted[i]);
            EXPECT_EQ(all.max_probability[at], p.max_probability[i]);
            EXPECT_EQ(all.correct[at], p.correct[i]);
            for (std::size_t l = 0; l < L; l++)
                EXPECT_EQ(all.entropy[l * N + at], p.entropy[l * p.nats.size() + i]);
        }
    EXPECT_EQ(at, N);
    EXPECT_TRUE(concatenate({}).nats.empty());
}

TEST(Measure, RefusesWhatCannotBeMeasured) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    const OpenModel m = open_model(c.model);
    Running r(m, 16);
    Positions p;
    for (const std::vector<uint8_t>& text : {std::vector<uint8_t>{}, {1}, {1, 2}}) {
        const Status status = measure(r.engine, text, &p);
        EXPECT_EQ(status.code(), Code::bad_argument);
        EXPECT_NE(status.message().find("at least 3 bytes"), std::string_view::npos) << status.message();
    }
    const Status status = measure(r.engine, std::vector<uint8_t>{1, 2, 3, 200, 4}, &p);
    EXPECT_EQ(status.code(), Code::bad_argument);
    EXPECT_NE(status.message().find("byte 200 at offset 3"), std::string_view::npos) << status.message();
    EXPECT_TRUE(p.nats.empty());
    ASSERT_TRUE(measure(r.engine, std::vector<uint8_t>{1, 2, 3}, &p).ok());
    EXPECT_EQ(report(p).predictions, 2u);
    EXPECT_TRUE(report({}).signals.empty());
}

TEST(Measure, LogitsThatOverflowAreAnError) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    CodedModel coded;
    ASSERT_TRUE(quantise(c.model, &coded).ok());
    coded.tensors[tensor_index(coded.config, TensorKind::unembed, 0)].scales[0] = 3e38f;
    const OpenModel m = open_coded(coded);
    Running r(m, 16);
    Positions p;
    const Status status = measure(r.engine, text_of(c), &p);
    EXPECT_EQ(status.code(), Code::not_finite);
    EXPECT_NE(status.message().find("position 0"), std::string_view::npos) << status.message();
}

TEST(Measure, WeightsOfAnySizeThatStayFiniteGiveNumbers) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    for (const float scale : {1e-37f, 1e-20f, 1e3f, 1e20f, 1e35f}) {
        CodedModel coded;
        ASSERT_TRUE(quantise(c.model, &coded).ok());
        for (const TensorKind kind : {TensorKind::unembed, TensorKind::router})
            coded.tensors[tensor_index(coded.config, kind, 0)].scales[0] = scale;
        const OpenModel m = open_coded(coded);
        Running r(m, 16);
        Positions p;
        ASSERT_TRUE(measure(r.engine, text_of(c), &p).ok()) << scale;
        expect_finite(p);
        const Report got = report(p);
        EXPECT_TRUE(std::isfinite(got.nats) && std::isfinite(got.ece) && std::isfinite(got.accuracy));
        for (const Signal& s : got.signals) {
            for (const std::optional<double>& x : {s.spearman, s.partial, s.auroc})
                EXPECT_TRUE(!x || std::isfinite(*x));
            EXPECT_TRUE(std::isfinite(s.aurc));
        }
    }
}

}  // namespace
}  // namespace atome::test
