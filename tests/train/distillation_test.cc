// What a student learns from a teacher: records, softening, and the gradient of the mixed loss.
#include <algorithm>
#include <cmath>
#include <limits>

#include "atome/base/random.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/network.h"
#include "atome/nn/loss.h"
#include "atome/nn/soft_targets.h"
#include "tests/train/small_run.h"

namespace atome::test {
namespace {

std::vector<float> random_logits(uint32_t V, uint64_t seed, float size = 4) {
    Random random(seed);
    std::vector<float> logits(V);
    for (float& x : logits) x = size * (2 * random.uniform() - 1);
    return logits;
}

// In double: softmax(logits / temperature).
std::vector<double> softmax(const std::vector<float>& logits, double temperature = 1) {
    const double most = *std::max_element(logits.begin(), logits.end());
    std::vector<double> p;
    double sum = 0;
    for (const float x : logits) {
        p.push_back(std::exp((x - most) / temperature));
        sum += p.back();
    }
    for (double& x : p) x /= sum;
    return p;
}

std::vector<uint8_t> packed(std::vector<float> logits, uint32_t kept) {
    std::vector<uint8_t> record(kept * kSoftPair);
    EXPECT_TRUE(pack_soft_target(logits.data(), static_cast<uint32_t>(logits.size()), kept, record.data()));
    return record;
}

TEST(SoftTarget, RecordsKeepTheMostProbableAndShareTheRest) {
    for (const uint32_t V : {2u, 5u, 100u, 256u}) {
        for (const uint32_t kept : {1u, 2u, 4u, 32u, V}) {
            if (kept > V) continue;
            const std::vector<float> logits = random_logits(V, V + kept);
            const std::vector<double> p = softmax(logits);
            std::vector<uint32_t> order(V);
            for (uint32_t i = 0; i < V; i++) order[i] = i;
            std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return p[a] > p[b]; });

            const std::vector<uint8_t> record = packed(logits, kept);
            std::vector<float> q(V);
            ASSERT_TRUE(is_soft_target(record.data(), kept, V));
            unpack_soft_target(record.data(), kept, V, q.data());
            double sum = 0, rest = 1;
            for (const float x : q) sum += static_cast<double>(x);
            EXPECT_NEAR(sum, 1, 1e-5);
            for (uint32_t k = 0; k < kept; k++) {
                EXPECT_EQ(record[k * kSoftPair], order[k]);
                // Half a unit of 1/2048 nats.
                EXPECT_NEAR(static_cast<double>(q[order[k]]) / p[order[k]], 1, kept == V ? 6e-4 : 3e-4);
                rest -= p[order[k]];
            }
            for (uint32_t k = kept; k < V; k++) {
                EXPECT_NEAR(static_cast<double>(q[order[k]]), rest / (V - kept), 3e-4 / (V - kept));
                EXPECT_EQ(q[order[k]], q[order[kept]]);
            }
        }
    }
}

TEST(SoftTarget, ExtremesStayFinite) {
    std::vector<float> certain(256, -1000);
    certain[7] = 1000;
    const std::vector<uint8_t> record = packed(certain, 3);
    std::vector<float> p(256);
    unpack_soft_target(record.data(), 3, 256, p.data());
    EXPECT_NEAR(p[7], 1, 1e-6);
    EXPECT_EQ(record[1] | record[2] << 8, 0);
    // The others are as improbable as a record can say, and of equals the first comes first.
    EXPECT_EQ(record[3], 0);
    EXPECT_EQ(record[4] | record[5] << 8, 65535);
    EXPECT_EQ(record[6], 1);
    for (const float temperature : {0.01f, 0.5f, 100.0f}) {
        std::vector<float> q = p;
        soften(q.data(), 256, temperature);
        double sum = 0;
        for (const float x : q) {
            EXPECT_TRUE(std::isfinite(x));
            sum += static_cast<double>(x);
        }
        EXPECT_NEAR(sum, 1, 1e-4) << temperature;
    }
}

TEST(SoftTarget, LogitsThatAreNotFiniteAreRefused) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
        for (const uint32_t at : {0u, 50u, 99u}) {
            std::vector<float> logits = random_logits(100, 3);
            logits[at] = bad;
            std::vector<uint8_t> record(4 * kSoftPair, 0xEE);
            EXPECT_FALSE(pack_soft_target(logits.data(), 100, 4, record.data())) << bad << " at " << at;
            EXPECT_EQ(record, std::vector<uint8_t>(4 * kSoftPair, 0xEE));
        }
    }
    // However small, a byte stands in a record once.
    std::vector<float> logits(100, -3e38f);
    logits[7] = 3e38f;
    const std::vector<uint8_t> record = packed(logits, 100);
    EXPECT_TRUE(is_soft_target(record.data(), 100, 100));
}

TEST(SoftTarget, DamagedRecordsAreRefused) {
    const std::vector<uint8_t> good = packed(random_logits(100, 3), 4);
    ASSERT_TRUE(is_soft_target(good.data(), 4, 100));
    std::vector<uint8_t> bad = good;
    bad[2 * kSoftPair] = 100;
    EXPECT_FALSE(is_soft_target(bad.data(), 4, 100));
    bad = good;
    bad[3 * kSoftPair] = good[0];
    EXPECT_FALSE(is_soft_target(bad.data(), 4, 100));
}

TEST(SoftTarget, SofteningIsASoftmaxAtThatTemperature) {
    const std::vector<float> logits = random_logits(40, 9);
    for (const float temperature : {0.3f, 0.7f, 1.0f, 2.0f, 10.0f}) {
        const std::vector<double> p = softmax(logits),
                                  expected = softmax(logits, static_cast<double>(temperature));
        std::vector<float> q(p.begin(), p.end());
        soften(q.data(), 40, temperature);
        for (uint32_t i = 0; i < 40; i++)
            EXPECT_NEAR(static_cast<double>(q[i]), expected[i], 1e-5) << temperature;
    }
}

// Probabilities for each position, kept as they are.
class TableOfTargets : public SoftTargets {
  public:
    explicit TableOfTargets(std::vector<std::vector<float>> rows) : rows_(std::move(rows)) {}
    std::size_t positions() const override { return rows_.size(); }
    void read(std::size_t position, float* out) const override {
        std::copy(rows_[position].begin(), rows_[position].end(), out);
    }

  private:
    std::vector<std::vector<float>> rows_;
};

TableOfTargets random_targets(std::size_t positions, uint32_t V, uint64_t seed) {
    std::vector<std::vector<float>> rows;
    for (std::size_t i = 0; i < positions; i++) {
        const std::vector<double> p = softmax(random_logits(V, seed + i));
        rows.emplace_back(p.begin(), p.end());
    }
    return TableOfTargets(std::move(rows));
}

// What the header says the loss of one position is.
double mixed_loss(const std::vector<float>& logits, uint32_t target, const std::vector<float>& teacher,
                  double alpha, double temperature) {
    double kl = 0, sum = 0;
    const std::vector<double> q = softmax(logits, temperature);
    for (const float p : teacher) sum += std::pow(static_cast<double>(p), 1 / temperature);
    for (std::size_t i = 0; i < q.size(); i++) {
        const double p = std::pow(static_cast<double>(teacher[i]), 1 / temperature) / sum;
        kl += p * std::log(p / q[i]);
    }
    return -(1 - alpha) * std::log(softmax(logits)[target]) + alpha * temperature * temperature * kl;
}

TEST(DistillationLoss, GradientIsThatOfTheWrittenLoss) {
    constexpr uint32_t V = 21, T = 3, kFirst = 5;
    constexpr float kScale = 0.25f;
    const TableOfTargets teacher = random_targets(kFirst + T, V, 40);
    const uint8_t targets[T] = {0, 20, 7};
    const uint32_t stride = padded(V);
    for (const float alpha : {0.0f, 0.3f, 1.0f}) {
        for (const float temperature : {1.0f, 2.0f, 0.7f}) {
            Workspace w;
            w.logits.resize(T * stride);
            std::vector<std::vector<float>> logits;
            for (uint32_t t = 0; t < T; t++) {
                logits.push_back(random_logits(V, 70 + t));
                std::copy(logits[t].begin(), logits[t].end(), &w.logits[t * stride]);
            }
            const Distillation d = {&teacher, nullptr, alpha, temperature};
            const double loss = distillation_loss(*best_kernel_set(true).train, V, targets, T, kScale, d,
                                                  SequencePlace{kFirst, 0}, w.logits.data());
            double hard = 0;
            for (uint32_t t = 0; t < T; t++) {
                hard -= std::log(softmax(logits[t])[targets[t]]);
                std::vector<float> p(V);
                teacher.read(kFirst + t, p.data());
                for (uint32_t i = 0; i < V; i++) {
                    constexpr float kStep = 1.0f / 256;
                    std::vector<float> more = logits[t], less = logits[t];
                    more[i] += kStep;
                    less[i] -= kStep;
                    const double slope = (mixed_loss(more, targets[t], p, alpha, temperature) -
                                          mixed_loss(less, targets[t], p, alpha, temperature)) /
                                         static_cast<double>(more[i] - less[i]);
                    EXPECT_NEAR(w.logits[t * stride + i], kScale * slope, 5e-6)
                        << "alpha " << alpha << " temperature " << temperature << " t " << t << " i " << i;
                }
            }
            EXPECT_NEAR(loss, hard, 1e-5);
        }
    }
}

uint64_t digest_with(const SoftTargets* teacher, float alpha, float temperature) {
    SerialExecutor serial;
    TrainOptions o = small_options();
    o.teacher_alpha = alpha;
    o.teacher_temperature = temperature;
    const auto run = make_run(best_kernel_set(true), serial, o);
    if (teacher) {
        EXPECT_TRUE(run->set_teacher(teacher).ok());
    }
    return train_to_end(*run);
}

TEST(DistillationRun, AlphaZeroIsTrainingWithoutATeacher) {
    const TableOfTargets teacher = random_targets(some_text().size(), 256, 1);
    const uint64_t expected = digest_with(nullptr, 0, 1);
    for (const float temperature : {1.0f, 3.0f}) EXPECT_EQ(digest_with(&teacher, 0, temperature), expected);
    EXPECT_NE(digest_with(&teacher, 0.5f, 1), expected);
    // Alpha without a teacher has nothing to weigh.
    EXPECT_EQ(digest_with(nullptr, 0.5f, 1), expected);
}

TEST(DistillationRun, ATeacherThatIsSureOfTheTextIsHardTraining) {
    const std::vector<uint8_t> text = some_text();
    std::vector<std::vector<float>> rows(text.size(), std::vector<float>(256));
    for (std::size_t i = 0; i < text.size(); i++) rows[i][text[i]] = 1;
    const TableOfTargets teacher(std::move(rows));
    SerialExecutor serial;
    const FloatModel model = initialise(small_config(), 0);
    const uint32_t starts[] = {3, 100, 2000}, B = 3, T = 16;
    std::vector<uint8_t> batch;
    std::vector<SequencePlace> places;
    for (const uint32_t s : starts) {
        batch.insert(batch.end(), &text[s], &text[s] + T + 1);
        places.push_back({s + 1, 0});
    }
    Trainer trainer(routed_network(model), T, best_kernel_set(true), serial);
    double hard_loss = 0, soft_loss = 0;
    Shadow hard, soft;
    const Distillation d = {&teacher, places.data(), 1, 1};
    ASSERT_TRUE(trainer.gradients(batch.data(), B, T, &hard_loss, &hard).ok());
    ASSERT_TRUE(trainer.gradients(batch.data(), B, T, &soft_loss, &soft, &d).ok());
    EXPECT_EQ(soft_loss, hard_loss);
    for (std::size_t i = 0; i < hard.size(); i++) {
        float largest = 0;
        for (const float g : hard[i]) largest = std::max(largest, std::abs(g));
        for (std::size_t e = 0; e < hard[i].size(); e++)
            ASSERT_NEAR(soft[i][e], hard[i][e], 1e-4f * largest) << i << " " << e;
    }
}

// The run hands each sequence the positions that it was drawn from.
TEST(DistillationRun, PositionsAreThoseOfTheBatch) {
    class Watch : public SoftTargets {
      public:
        explicit Watch(std::size_t n) : reads(n) {}
        std::size_t positions() const override { return reads.size(); }
        void read(std::size_t position, float* out) const override {
            reads[position]++;
            std::fill_n(out, 256, 1.0f / 256);
        }
        mutable std::vector<uint32_t> reads;
    };
    for (const Sampling sampling : {Sampling::windows, Sampling::chunks}) {
        SerialExecutor serial;
        TrainOptions o = small_options();
        o.teacher_alpha = 0.5f;
        o.sampling = sampling;
        const auto run = make_run(best_kernel_set(true), serial, o);
        Watch watch(run->tokens().size());
        ASSERT_TRUE(run->set_teacher(&watch).ok());
        StepResult result;
        ASSERT_TRUE(run->step(&result).ok());
        const std::size_t train = split_text(run->tokens().size(), o).train;
        const Batches batches(run->tokens().data(), train, o);
        std::vector<uint8_t> batch(o.batch * (batches.positions() + 1));
        std::vector<SequencePlace> places(o.batch);
        batches.draw(0, batch.data(), places.data());
        std::vector<uint32_t> expected(watch.reads.size());
        for (const SequencePlace& place : places)
            for (uint32_t t = place.from; t < batches.positions(); t++)
                expected[place.position + (t - place.from)]++;
        EXPECT_EQ(watch.reads, expected);
        EXPECT_EQ(watch.reads[0], 0u);  // nothing precedes the first byte: no teacher has an opinion of it
    }
}

TEST(DistillationRun, KernelSetsAndThreadsDoNotMatter) {
    const TableOfTargets teacher = random_targets(some_text().size(), 256, 2);
    TrainOptions o = small_options();
    o.teacher_alpha = 0.7f;
    o.teacher_temperature = 2;
    const auto digest = [&](const KernelSet& set, Executor& executor) {
        const auto run = make_run(set, executor, o);
        EXPECT_TRUE(run->set_teacher(&teacher).ok());
        return train_to_end(*run);
    };
    SerialExecutor serial;
    BackwardsExecutor backwards;
    const uint64_t expected = digest(scalar_set(), serial);
    for (const KernelSet& set : exact_sets()) EXPECT_EQ(digest(set, backwards), expected) << set.name;
}

TEST(DistillationRun, ATeacherOfAnotherTextIsRefused) {
    SerialExecutor serial;
    const auto run = make_run(best_kernel_set(true), serial);
    const Status status =
        run->set_teacher(std::make_unique<TableOfTargets>(random_targets(10, 256, 1)).get());
    EXPECT_EQ(status.code(), Code::bad_argument);
    EXPECT_NE(status.message().find("10 tokens"), std::string_view::npos) << status.message();
    // The run goes on without one.
    StepResult result;
    EXPECT_TRUE(run->step(&result).ok());
}

}  // namespace
}  // namespace atome::test
