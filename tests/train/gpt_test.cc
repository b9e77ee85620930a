// The GPT baseline: logits, loss and gradients against the golden vectors, and what training runs of it may
// depend on.
#include <gtest/gtest.h>

#include <cmath>

#include "atome/formats/pt.h"
#include "atome/kernels/registry.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/network.h"
#include "atome/nn/normal.h"
#include "atome/quant/quantizers.h"
#include "tests/infer/golden_case.h"
#include "tests/train/small_run.h"
#if !defined(__EMSCRIPTEN__)
#include "native/io/thread_pool.h"
#endif

namespace atome::test {
namespace {

class VanillaTiny : public testing::Test {
  protected:
    void SetUp() override {
        bytes = bytes_of(golden_path("vanilla_tiny"));
        ASSERT_TRUE(parse_safetensors(bytes.data(), bytes.size(), &file).ok());
        const Status status = read_gpt(file, &model);
        ASSERT_TRUE(status.ok()) << status.message();
    }
    std::vector<float> floats(const std::string& name) const {
        std::vector<float> values;
        const NamedTensor* t = file.find(name);
        EXPECT_TRUE(t && to_floats(*t, &values).ok()) << name;
        return values;
    }
    std::vector<uint8_t> tokens(const std::string& name) const {
        std::vector<int64_t> wide;
        const NamedTensor* t = file.find(name);
        EXPECT_TRUE(t && to_integers(*t, &wide).ok()) << name;
        return {wide.begin(), wide.end()};
    }

    std::vector<uint8_t> bytes;
    NamedTensors file;
    GptModel model;
    SerialExecutor serial;
};

TEST_F(VanillaTiny, Logits) {
    const std::vector<uint8_t> text = tokens("tokens");
    const std::vector<float> expected = floats("logits");
    const uint32_t T = static_cast<uint32_t>(text.size()), V = model.config.vocab_size;
    ASSERT_EQ(expected.size(), std::size_t{T} * V);
    for (const KernelSet& set : kernel_sets()) {
        GptNetwork network(model.config);
        network.prepare(model.tensors, set, serial);
        const auto workspace = network.make_workspace(model.config.max_seq);
        network.forward(text.data(), T, *workspace);
        double worst = 0;
        for (uint32_t t = 0; t < T; t++)
            for (uint32_t v = 0; v < V; v++)
                worst = std::max(worst, std::fabs(double{workspace->logits[t * padded(V) + v]} -
                                                  double{expected[t * V + v]}));
        EXPECT_LE(worst, 1e-4) << set.name;
        std::printf("%-11s logits off by %.1e\n", set.name, worst);
    }
}

TEST_F(VanillaTiny, LossAndGradients) {
    const std::vector<uint8_t> batch = tokens("batch");
    const auto& shape = file.find("batch")->shape;
    const uint32_t B = static_cast<uint32_t>(shape[0]), T = static_cast<uint32_t>(shape[1]) - 1;
    std::vector<double> loss;
    ASSERT_TRUE(to_doubles(*file.find("loss"), &loss).ok());
    for (const KernelSet& set : kernel_sets()) {
        Trainer trainer(gpt_network(model), model.config.max_seq, set, serial);
        double found = 0, worst = 0;
        Shadow gradients;
        ASSERT_TRUE(trainer.gradients(batch.data(), B, T, &found, &gradients).ok());
        EXPECT_NEAR(found, loss[0], 1e-5) << set.name;
        for (std::size_t i = 0; i < gradients.size(); i++) {
            const std::string& name = trainer.network().parameters()[i].name;
            const std::vector<float> expected = floats("grad/" + name);
            ASSERT_EQ(gradients[i].size(), expected.size()) << name;
            float largest = 0;
            for (const float e : expected) largest = std::max(largest, std::abs(e));
            for (std::size_t e = 0; e < expected.size(); e++) {
                const double error = std::abs(gradients[i][e] - expected[e]);
                ASSERT_LE(error, 1e-4 * largest) << set.name << " " << name << " element " << e;
                if (largest > 0) worst = std::max(worst, error / largest);
            }
        }
        std::printf("%-11s loss off by %.1e, gradients by %.1e of their tensor's largest\n", set.name,
                    std::abs(found - loss[0]), worst);
    }
}

// With codes it is the float model of the numbers that they stand for, and gradients go straight through.
TEST_F(VanillaTiny, CodesAreTrainedThrough) {
    const std::vector<uint8_t> batch = tokens("batch");
    const auto& shape = file.find("batch")->shape;
    const uint32_t B = static_cast<uint32_t>(shape[0]), T = static_cast<uint32_t>(shape[1]) - 1;
    for (const Quantizer quantizer : {Quantizer::ternary, Quantizer::power3_pr, Quantizer::int4}) {
        GptModel coded = model, rounded = model;
        coded.config.quantizer = quantizer;
        uint32_t changed = 0;
        for (uint32_t i = 0; i < rounded.tensors.size(); i++) {
            const GptTensorSpec spec = tensor_spec(model.config, i);
            std::vector<float>& w = rounded.tensors[i];
            if (spec.coded) round_weights(row_of(quantizer), spec.rows, spec.cols, w.data(), w.data());
            changed += w != model.tensors[i];
        }
        EXPECT_GT(changed, 0u);
        double loss = 0, expected_loss = 0;
        Shadow found, expected;
        Trainer a(gpt_network(coded), model.config.max_seq, kernel_sets()[0], serial);
        Trainer b(gpt_network(rounded), model.config.max_seq, kernel_sets()[0], serial);
        ASSERT_TRUE(a.gradients(batch.data(), B, T, &loss, &found).ok());
        ASSERT_TRUE(b.gradients(batch.data(), B, T, &expected_loss, &expected).ok());
        EXPECT_EQ(loss, expected_loss);
        EXPECT_EQ(found, expected);
    }
}

TEST(GptKernels, VectorKernelsEqualTheDefinition) {
    const auto random_floats = [](uint32_t n, uint64_t seed) {
        Normal normal(seed);
        std::vector<float> x(n);
        for (float& v : x) v = 2 * normal.next();
        return x;
    };
    for (const KernelSet& set : exact_sets())
        for (uint32_t n = 1; n <= 70; n++) {
            const auto all = [&](const TrainKernels& k) {
                std::vector<float> out = random_floats(n, n), du = random_floats(n, n + 1),
                                   d = random_floats(n, n + 2);
                const std::vector<float> u = random_floats(n, n + 3);
                k.gelu(u.data(), n, out.data());
                k.gelu_backward(u.data(), du.data(), n, du.data());
                k.softmax_backward(u.data(), n, 0.3f, d.data());
                out.insert(out.end(), du.begin(), du.end());
                out.insert(out.end(), d.begin(), d.end());
                return out;
            };
            EXPECT_EQ(all(*set.train), all(scalar_train_kernels())) << set.name << " " << n;
        }
}

TEST(GptKernels, GeluIsExact) {
    const TrainKernels& k = scalar_train_kernels();
    for (float u = -8; u < 8; u += 0.01f) {
        const double x = double{u}, cdf = 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
        const double pdf = std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846);
        float value, slope = 1;
        k.gelu(&u, 1, &value);
        k.gelu_backward(&u, &slope, 1, &slope);
        EXPECT_NEAR(double{value}, x * cdf, 2e-7 * std::max(1.0, std::fabs(x)));
        EXPECT_NEAR(double{slope}, cdf + x * pdf, 5e-7);
    }
}

// Several blocks of attention rows, the last one incomplete, and a head width that is no multiple of 16:
// gradients against differences of the loss.
TEST(Gpt, GradientsAreSlopesOfTheLoss) {
    GptConfig config;
    config.d_model = 20;
    config.n_layers = 2;
    config.d_ff = 12;
    config.max_seq = 40;
    GptModel model = initialise_gpt(config, 3);
    std::vector<uint8_t> text(39);
    for (std::size_t i = 0; i < text.size(); i++) text[i] = static_cast<uint8_t>(97 + i * i % 11);
    const uint32_t T = static_cast<uint32_t>(text.size()) - 1;
    SerialExecutor serial;
    const KernelSet set = best_kernel_set(true);
    const auto loss_at = [&](const GptModel& at, Shadow* gradients) {
        Trainer trainer(gpt_network(at), config.max_seq, set, serial);
        double loss = 0;
        EXPECT_TRUE(trainer.gradients(text.data(), 1, T, &loss, gradients).ok());
        return loss;
    };
    Shadow gradients, unused;
    loss_at(model, &gradients);
    for (std::size_t i = 0; i < model.tensors.size(); i++) {
        // Along the gradient itself, which sums up the errors of all elements.
        double square = 0;
        for (const float g : gradients[i]) square += double{g} * double{g};
        const float step = static_cast<float>(2e-3 / std::sqrt(square));
        GptModel up = model, down = model;
        for (std::size_t e = 0; e < gradients[i].size(); e++) {
            up.tensors[i][e] += step * gradients[i][e];
            down.tensors[i][e] -= step * gradients[i][e];
        }
        const double slope = (loss_at(up, &unused) - loss_at(down, &unused)) / (2 * double{step});
        EXPECT_NEAR(slope / square, 1, 0.01) << tensor_name(tensor_spec(config, i)).view();
    }
}

// ---- training runs -------------------------------------------------------------------------------------

GptConfig small_gpt() {
    GptConfig c;
    c.d_model = 20;
    c.n_layers = 2;
    c.d_ff = 24;
    c.max_seq = 24;
    return c;
}

TrainOptions gpt_options() {
    TrainOptions o = small_options();
    o.seq = 24;
    o.lr = 3e-3f;
    return o;
}

std::unique_ptr<TrainingRun> make_gpt_run(KernelSet kernels, Executor& executor,
                                          TrainOptions options = gpt_options()) {
    std::unique_ptr<TrainingRun> run;
    const Status status = TrainingRun::create(gpt_network(initialise_gpt(small_gpt(), options.seed)), options,
                                              some_text(), kernels, executor, &run);
    EXPECT_TRUE(status.ok()) << status.message();
    return run;
}

TEST(GptRun, ThreadsDoNotChangeTheWeights) {
    for (const bool exact : {true, false}) {
        SerialExecutor serial;
        [[maybe_unused]] const uint64_t expected =
            train_to_end(*make_gpt_run(best_kernel_set(exact), serial));
#if !defined(__EMSCRIPTEN__)
        for (const uint32_t workers : {2u, 3u, 8u}) {
            cli::ThreadPool pool(workers);
            EXPECT_EQ(train_to_end(*make_gpt_run(best_kernel_set(exact), pool)), expected)
                << workers << " threads";
        }
#endif
    }
}

TEST(GptRun, ExactTrainingIsTheSameForEveryKernelSet) {
    SerialExecutor serial;
    const uint64_t expected = train_to_end(*make_gpt_run(scalar_set(), serial));
    for (const KernelSet& set : exact_sets())
        EXPECT_EQ(train_to_end(*make_gpt_run(set, serial)), expected) << set.name;
}

TEST(GptRun, LossFalls) {
    SerialExecutor serial;
    TrainOptions o = gpt_options();
    o.steps = 200;
    const auto run = make_gpt_run(best_kernel_set(false), serial, o);
    Evaluation before, after;
    ASSERT_TRUE(run->validate(false, &before).ok());
    train_to_end(*run);
    ASSERT_TRUE(run->validate(false, &after).ok());
    EXPECT_GT(before.bits(), 6.0);
    EXPECT_LT(after.bits(), 2.0);
}

TEST(GptRun, ResumedRunEndsWithTheSameBytes) {
    SerialExecutor serial;
    const KernelSet kernels = best_kernel_set(false);
    const auto whole = make_gpt_run(kernels, serial);
    train_to_end(*whole);
    std::vector<uint8_t> expected;
    ASSERT_TRUE(whole->checkpoint({}, &expected).ok());
    for (const uint32_t stop : {0u, 11u, 24u}) {
        auto run = make_gpt_run(kernels, serial);
        StepResult result;
        while (run->steps_done() < stop) ASSERT_TRUE(run->step(&result).ok());
        std::vector<uint8_t> saved;
        ASSERT_TRUE(run->checkpoint({{"run.note", "x"}}, &saved).ok());
        NamedTensors file;
        ASSERT_TRUE(parse_safetensors(saved.data(), saved.size(), &file).ok());
        GptModel model;
        ASSERT_TRUE(read_gpt(file, &model).ok());
        std::unique_ptr<TrainingRun> resumed;
        RunNotes notes;
        const Status status =
            TrainingRun::resume(file, gpt_network(model), some_text(), kernels, serial, &resumed, &notes);
        ASSERT_TRUE(status.ok()) << status.message();
        EXPECT_EQ(notes["run.note"], "x");
        train_to_end(*resumed);
        std::vector<uint8_t> bytes;
        ASSERT_TRUE(resumed->checkpoint({}, &bytes).ok());
        EXPECT_EQ(bytes, expected) << "stopped after " << stop;
    }
}

TEST(GptRun, SequencesAreAtMostMaxSeq) {
    SerialExecutor serial;
    TrainOptions o = gpt_options();
    o.seq = small_gpt().max_seq + 1;
    std::unique_ptr<TrainingRun> run;
    const Status status = TrainingRun::create(gpt_network(initialise_gpt(small_gpt(), 0)), o, some_text(),
                                              best_kernel_set(true), serial, &run);
    EXPECT_EQ(status.code(), Code::bad_config);
    EXPECT_EQ(status.message(), "seq is 25: this model takes at most 24 positions");
}

// The published kit's checkpoint, as PyTorch evaluates it.
TEST(Gpt, PublishedCheckpoint) {
    ATOME_NEEDS_SHARED("reference/vanilla_1m_v1.pt");
    ATOME_NEEDS_SHARED("data/tinystories_valid.txt");
    const std::vector<uint8_t> bytes = bytes_of(shared_path("reference/vanilla_1m_v1.pt"));
    NamedTensors file;
    ASSERT_TRUE(parse_pt(bytes.data(), bytes.size(), &file).ok());
    GptModel model;
    const Status status = read_gpt(file, &model);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(parameter_count(model.config), 950608u);
    std::vector<uint8_t> text = bytes_of(shared_path("data/tinystories_valid.txt"));
    text.resize(60000);
    SerialExecutor serial;
    Trainer trainer(gpt_network(model), model.config.max_seq, best_kernel_set(true), serial);
    Evaluation e;
    ASSERT_TRUE(trainer.evaluate(text.data(), text.size(), 256, &e).ok());
    EXPECT_NEAR(e.bits(), 1.268, 0.003);
    std::printf("%.5f bits per byte\n", e.bits());
}

}  // namespace
}  // namespace atome::test
