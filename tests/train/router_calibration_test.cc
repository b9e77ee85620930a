// Training the last router's entropy to be a signal of uncertainty: its gradient, and what it leaves alone.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/base/random.h"
#include "atome/kernels/router.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/network.h"
#include "atome/models/routed/network.h"
#include "atome/nn/loss.h"
#include "atome/train/settings.h"
#include "tests/train/small_run.h"

namespace atome::test {
namespace {

constexpr uint32_t kBatch = 3, kPositions = 12;

// A batch's tokens, (kBatch, kPositions + 1).
std::vector<uint8_t> batch() { return some_text(kBatch * (kPositions + 1)); }

// What the router says of each position of a batch, 0..1, and what of that is wanted.
struct Shares {
    std::vector<double> entropy;
    std::vector<float> wanted;
};

Shares shares(const FloatModel& model, const KernelSet& kernels) {
    SerialExecutor serial;
    RoutedNetwork network(model.config);
    network.prepare(model.tensors, kernels, serial);
    const auto work = network.make_workspace(kPositions);
    const std::vector<uint8_t> tokens = batch();
    const uint32_t P = model.config.active_pathways();
    Shares s;
    for (uint32_t b = 0; b < kBatch; b++) {
        network.forward(&tokens[b * (kPositions + 1)], kPositions, *work);
        const std::vector<float>& r = static_cast<Activations&>(*work).layers.back().router;
        for (uint32_t t = 0; t < kPositions; t++) {
            double entropy = 0;
            for (uint32_t p = 0; p < P; p++) {
                const double w = static_cast<double>(r[t * P + p]);
                entropy -= w * std::log(w);
            }
            s.entropy.push_back(entropy / std::log(static_cast<double>(P)));
        }
        float wanted[kPositions];
        uncertainty(*kernels.train, model.config.vocab_size, work->logits.data(), kPositions, wanted);
        s.wanted.insert(s.wanted.end(), wanted, wanted + kPositions);
    }
    return s;
}

// The term of the loss, with what is wanted held as it is.
double term(const Shares& s, const std::vector<float>& wanted) {
    double sum = 0;
    for (std::size_t i = 0; i < wanted.size(); i++) {
        const double d = s.entropy[i] - static_cast<double>(wanted[i]);
        sum += d * d;
    }
    return sum / static_cast<double>(wanted.size());
}

Config float_config(uint32_t layers, uint8_t disabled) {
    Config c = small_config();
    c.n_layers = layers;
    c.disabled = disabled;
    c.quantizer = Quantizer::none;
    c.top_k = kPositions;  // all: the term jumps where attention chooses other positions
    return c;
}

TEST(RouterCalibration, GradientIsThatOfFiniteDifferences) {
    constexpr float kWeight = 3;
    SerialExecutor serial;
    for (const uint32_t layers : {1u, 2u})
        for (const uint8_t disabled : {0, 1, 4}) {
            FloatModel model = initialise(float_config(layers, disabled), 5);
            for (const KernelSet& set : kernel_sets()) {
                Trainer trainer(routed_network(model), kPositions, set, serial);
                const std::vector<uint8_t> tokens = batch();
                Shadow with, without;
                double loss = 0, loss_without = 0;
                ASSERT_TRUE(
                    trainer.gradients(tokens.data(), kBatch, kPositions, &loss, &with, nullptr, kWeight)
                        .ok());
                ASSERT_TRUE(
                    trainer.gradients(tokens.data(), kBatch, kPositions, &loss_without, &without).ok());
                EXPECT_EQ(loss, loss_without) << "the loss reported is the cross entropy";
                const std::vector<float> wanted = shares(model, set).wanted;
                double seen = 0;
                for (uint32_t i = 0; i < with.size(); i++) {
                    // Along one direction in each tensor, as long as sqrt(n).
                    Random random(i);
                    FloatModel up = model, down = model;
                    double expected = 0;
                    const float step = 2e-3f;
                    for (std::size_t e = 0; e < with[i].size(); e++) {
                        const float way = random.below(2) ? 1.0f : -1.0f;
                        expected += static_cast<double>(way * (with[i][e] - without[i][e]));
                        up.tensors[i][e] += step * way;
                        down.tensors[i][e] -= step * way;
                    }
                    const double rise = term(shares(up, set), wanted) - term(shares(down, set), wanted);
                    const double got =
                        static_cast<double>(kWeight) * rise / (2.0 * static_cast<double>(step));
                    EXPECT_NEAR(expected, got, 2e-3 + 0.02 * std::abs(got))
                        << set.name << " layers " << layers << " disabled " << int{disabled} << " "
                        << tensor_name(tensor_spec(model.config, i)).view();
                    seen += std::abs(got);
                }
                EXPECT_GT(seen, 0.05);
            }
        }
}

// Behind the last router nothing is pulled, and the prediction is not either.
TEST(RouterCalibration, LeavesThePredictionAlone) {
    SerialExecutor serial;
    const FloatModel model = initialise(float_config(2, 0), 5);
    Trainer trainer(routed_network(model), kPositions, scalar_set(), serial);
    const std::vector<uint8_t> tokens = batch();
    Shadow with, without;
    double loss = 0;
    ASSERT_TRUE(trainer.gradients(tokens.data(), kBatch, kPositions, &loss, &with, nullptr, 5).ok());
    ASSERT_TRUE(trainer.gradients(tokens.data(), kBatch, kPositions, &loss, &without).ok());
    for (const TensorKind kind : {TensorKind::unembed, TensorKind::final_gamma, TensorKind::final_beta,
                                  TensorKind::ffn_up, TensorKind::ffn_down, TensorKind::norm2_gamma}) {
        const uint32_t i = tensor_index(model.config, kind, model.config.n_layers - 1);
        EXPECT_EQ(with[i], without[i]) << tensor_name(tensor_spec(model.config, i)).view();
    }
    for (const TensorKind kind : {TensorKind::router, TensorKind::embed, TensorKind::ffn_up}) {
        const uint32_t i = tensor_index(model.config, kind, kind == TensorKind::router ? 1 : 0);
        EXPECT_NE(with[i], without[i]) << tensor_name(tensor_spec(model.config, i)).view();
    }
}

TEST(RouterCalibration, BringsTheEntropyNearerToTheUncertainty) {
    SerialExecutor serial;
    const auto distance = [&](float c) {
        TrainOptions o = small_options();
        o.steps = 150;
        o.router_calibration = c;
        const auto run = make_run(best_kernel_set(true), serial, o);
        train_to_end(*run);
        const Shares s = shares(run->model(), scalar_set());
        return term(s, s.wanted);
    };
    const double trained = distance(2), left_alone = distance(0);
    EXPECT_LT(trained, 0.3 * left_alone) << trained << " " << left_alone;
}

TEST(RouterCalibration, ExactTrainingIsTheSameForEveryKernelSetAndOrder) {
    SerialExecutor serial;
    BackwardsExecutor backwards;
    TrainOptions o = small_options();
    o.router_calibration = 2;
    for (const Quantizer q : {Quantizer::ternary, Quantizer::int4}) {
        Config config = small_config();
        config.quantizer = q;
        const uint64_t expected = train_to_end(*make_run(scalar_set(), serial, o, config));
        for (const KernelSet& set : exact_sets()) {
            EXPECT_EQ(train_to_end(*make_run(set, serial, o, config)), expected) << set.name;
            EXPECT_EQ(train_to_end(*make_run(set, backwards, o, config)), expected) << set.name;
        }
        o.router_calibration = 0;
        EXPECT_NE(train_to_end(*make_run(scalar_set(), serial, o, config)), expected);
        o.router_calibration = 2;
    }
}

// With one pathway the entropy is always 0, and a GPT has none: then the option is not only without effect,
// but also stored as 0.
TEST(RouterCalibration, ModelsWithoutAChoiceOfPathwaysHaveNone) {
    SerialExecutor serial;
    TrainOptions o = small_options();
    Config one = small_config();
    one.disabled = 5;
    ASSERT_EQ(one.active_pathways(), 1u);
    const uint64_t expected = train_to_end(*make_run(scalar_set(), serial, o, one));
    GptConfig gpt;
    gpt.d_model = 16;
    gpt.n_layers = 1;
    gpt.n_heads = 2;
    gpt.d_ff = 16;
    gpt.max_seq = o.seq;
    const auto make_gpt = [&] {
        std::unique_ptr<TrainingRun> run;
        EXPECT_TRUE(TrainingRun::create(gpt_network({gpt, initialise_gpt(gpt, 1).tensors, {}}), o,
                                        some_text(), scalar_set(), serial, &run)
                        .ok());
        return run;
    };
    const uint64_t expected_gpt = train_to_end(*make_gpt());
    o.router_calibration = 2;
    const auto run = make_run(scalar_set(), serial, o, one), gpt_run = make_gpt();
    EXPECT_EQ(train_to_end(*run), expected);
    EXPECT_EQ(train_to_end(*gpt_run), expected_gpt);
    for (const TrainingRun* r : {run.get(), gpt_run.get()}) EXPECT_EQ(r->options().router_calibration, 0);
}

}  // namespace
}  // namespace atome::test
