// Loss, gradients and AdamW steps against the golden vectors (tests/golden/oracle.py), for every kernel set.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/formats/model_tensors.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/network.h"
#include "atome/train/trainer.h"
#include "tests/infer/golden_case.h"
#include "tests/kernel_sets.h"

namespace atome::test {
namespace {

struct TrainingCase {
    FloatModel model;
    std::vector<uint8_t> batch;  // (B, T + 1)
    uint32_t B = 0, T = 0;
    double loss = 0;
    TrainOptions options;
    std::vector<uint8_t> bytes;
    NamedTensors file;
};

std::vector<float> floats(const NamedTensors& file, const std::string& name) {
    std::vector<float> values;
    const NamedTensor* t = file.find(name);
    EXPECT_TRUE(t && to_floats(*t, &values).ok()) << name;
    return values;
}

void load(const std::string& name, TrainingCase* c) {
    c->bytes = bytes_of(golden_path(name));
    ASSERT_TRUE(parse_safetensors(c->bytes.data(), c->bytes.size(), &c->file).ok());
    ASSERT_TRUE(read_model(c->file, &c->model).ok());
    const NamedTensor* batch = c->file.find("batch");
    ASSERT_NE(batch, nullptr);
    c->B = static_cast<uint32_t>(batch->shape[0]);
    c->T = static_cast<uint32_t>(batch->shape[1]) - 1;
    std::vector<int64_t> tokens;
    ASSERT_TRUE(to_integers(*batch, &tokens).ok());
    c->batch.assign(tokens.begin(), tokens.end());
    std::vector<double> loss;
    ASSERT_TRUE(to_doubles(*c->file.find("loss"), &loss).ok());
    c->loss = loss[0];
    c->options.lr = std::stof(*c->file.meta("lr"));
    c->options.beta1 = std::stof(*c->file.meta("beta1"));
    c->options.beta2 = std::stof(*c->file.meta("beta2"));
    c->options.eps = std::stof(*c->file.meta("eps"));
    c->options.weight_decay = std::stof(*c->file.meta("weight_decay"));
    c->options.embedding_weight_decay = c->options.weight_decay;
    c->options.optimizer = OptimizerKind::adamw;
    c->options.clip = 0;
}

class GoldenTraining : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTraining, LossAndGradients) {
    TrainingCase c;
    load(GetParam(), &c);
    SerialExecutor serial;
    for (const KernelSet& set : kernel_sets()) {
        Trainer trainer(routed_network(c.model), c.T, set, serial);
        double loss = 0;
        Shadow gradients;
        ASSERT_TRUE(trainer.gradients(c.batch.data(), c.B, c.T, &loss, &gradients).ok());
        EXPECT_NEAR(loss, c.loss, 1e-5) << set.name;
        double worst = 0;
        for (uint32_t i = 0; i < gradients.size(); i++) {
            const TensorSpec spec = tensor_spec(c.model.config, i);
            const std::string name(tensor_name(spec).view());
            const std::vector<float> expected = floats(c.file, "grad/" + name);
            if (!spec.active) {
                for (const float e : expected) EXPECT_EQ(e, 0.0f) << name;
                continue;
            }
            ASSERT_EQ(gradients[i].size(), expected.size()) << name;
            float largest = 0;
            for (const float e : expected) largest = std::max(largest, std::abs(e));
            for (std::size_t e = 0; e < expected.size(); e++) {
                const double error = std::abs(gradients[i][e] - expected[e]);
                ASSERT_LE(error, 1e-4 * largest) << set.name << " " << name << " element " << e;
                if (largest > 0) worst = std::max(worst, error / largest);
            }
        }
        std::printf("%-20s %-11s loss off by %.1e, gradients by %.1e of their tensor's largest\n",
                    GetParam().c_str(), set.name, std::abs(loss - c.loss), worst);
    }
}

TEST_P(GoldenTraining, WeightsAfterAdamWSteps) {
    TrainingCase c;
    load(GetParam(), &c);
    SerialExecutor serial;
    for (const KernelSet& set : kernel_sets()) {
        Trainer trainer(routed_network(c.model), c.T, set, serial);
        double worst = 0;
        uint32_t compared = 0;
        for (uint32_t step = 1; step <= 5; step++) {
            StepResult result;
            ASSERT_TRUE(trainer.step(c.options, c.options.lr, c.batch.data(), c.B, c.T, &result).ok());
            const std::string prefix = "after/" + std::to_string(step) + "/";
            if (!c.file.find(prefix + "embed.weight")) continue;
            compared++;
            for (uint32_t i = 0; i < trainer.weights().size(); i++) {
                const std::string name(tensor_name(tensor_spec(c.model.config, i)).view());
                const std::vector<float> expected = floats(c.file, prefix + name);
                ASSERT_EQ(trainer.weights()[i].size(), expected.size());
                for (std::size_t e = 0; e < expected.size(); e++) {
                    const double error = std::abs(trainer.weights()[i][e] - expected[e]);
                    ASSERT_LE(error, 2e-4) << set.name << " step " << step << " " << name << " " << e;
                    worst = std::max(worst, error);
                }
            }
        }
        EXPECT_EQ(compared, 2u);
        std::printf("%-20s %-11s weights off by %.1e\n", GetParam().c_str(), set.name, worst);
    }
}

// Straight through: as of the model whose vectors are rounded, kept by the floats.
TEST_P(GoldenTraining, VectorsOf16BitsHaveTheGradientsOfTheirFloats) {
    TrainingCase c;
    load(GetParam(), &c);
    FloatModel halves = c.model;
    halves.config.vectors = Vectors::bf16;
    SerialExecutor serial;
    for (const KernelSet& set : kernel_sets()) {
        const auto gradients = [&](const FloatModel& model, double* loss) {
            Trainer trainer(routed_network(model), c.T, set, serial);
            Shadow g;
            EXPECT_TRUE(trainer.gradients(c.batch.data(), c.B, c.T, loss, &g).ok());
            return g;
        };
        double loss = 0, expected = 0;
        const Shadow got = gradients(halves, &loss);
        EXPECT_EQ(got, gradients(with_rounded_vectors(c.model), &expected)) << set.name;
        EXPECT_EQ(loss, expected) << set.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTraining,
                         testing::Values("tiny_ternary", "tiny_power3", "tiny_power3_pr", "tiny_none",
                                         "tiny_no_local", "tiny_no_state", "tiny_no_sparse",
                                         "tiny_no_local_state", "tiny_ffn_ternary", "tiny_ffn_power3_pr",
                                         "tiny_int4", "tiny_ffn_int4", "tiny_gains_ffn_ternary",
                                         "tiny_gains_int4", "tiny_gains_power3_pr", "odd_ternary",
                                         "default_60k"),
                         [](const auto& c) { return c.param; });

}  // namespace
}  // namespace atome::test
