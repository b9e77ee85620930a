// Muon and AdamW steps against plain definitions in double, and what the options of the optimiser touch.
#include "atome/train/optimizer.h"
#include "atome/kernels/registry.h"

#include <cmath>

#include "atome/base/random.h"
#include "atome/train/muon.h"
#include "tests/train/small_run.h"
#if !defined(__EMSCRIPTEN__)
#include "native/io/thread_pool.h"
#endif

namespace atome::test {
namespace {

std::vector<float> random_floats(std::size_t n, uint64_t seed) {
    Random random(seed);
    std::vector<float> x(n);
    for (float& v : x) v = 2 * random.uniform() - 1;
    return x;
}

// A matrix in double, row-major.
struct Matrix {
    std::size_t rows = 0, cols = 0;
    std::vector<double> e;

    Matrix(std::size_t r, std::size_t c) : rows(r), cols(c), e(r * c) {}
    Matrix(const std::vector<float>& x, std::size_t r, std::size_t c)
        : rows(r), cols(c), e(x.begin(), x.end()) {}
    double& operator()(std::size_t r, std::size_t c) { return e[r * cols + c]; }
    double operator()(std::size_t r, std::size_t c) const { return e[r * cols + c]; }
    Matrix transposed() const {
        Matrix t(cols, rows);
        for (std::size_t r = 0; r < rows; r++)
            for (std::size_t c = 0; c < cols; c++) t(c, r) = (*this)(r, c);
        return t;
    }
    double column_norm(std::size_t c) const {
        double sum = 0;
        for (std::size_t r = 0; r < rows; r++) sum += (*this)(r, c) * (*this)(r, c);
        return std::sqrt(sum);
    }
};

Matrix operator*(const Matrix& a, const Matrix& b) {
    Matrix product(a.rows, b.cols);
    for (std::size_t r = 0; r < a.rows; r++)
        for (std::size_t k = 0; k < a.cols; k++)
            for (std::size_t c = 0; c < b.cols; c++) product(r, c) += a(r, k) * b(k, c);
    return product;
}

// One-sided Jacobi (Hestenes 1958): a V has orthogonal columns, whose norms are the singular values of a.
Matrix right_singular_vectors(Matrix a) {
    Matrix V(a.cols, a.cols);
    for (std::size_t i = 0; i < a.cols; i++) V(i, i) = 1;
    for (int sweep = 0; sweep < 40; sweep++) {
        for (std::size_t p = 0; p < a.cols; p++) {
            for (std::size_t q = p + 1; q < a.cols; q++) {
                double pp = 0, qq = 0, pq = 0;
                for (std::size_t r = 0; r < a.rows; r++) {
                    pp += a(r, p) * a(r, p);
                    qq += a(r, q) * a(r, q);
                    pq += a(r, p) * a(r, q);
                }
                if (std::abs(pq) <= 1e-15 * std::sqrt(pp * qq)) continue;
                const double zeta = (qq - pp) / (2 * pq);
                const double t = std::copysign(1 / (std::abs(zeta) + std::hypot(1, zeta)), zeta);
                const double c = 1 / std::hypot(1, t), s = c * t;
                for (Matrix* m : {&a, &V}) {
                    for (std::size_t r = 0; r < m->rows; r++) {
                        const double x = (*m)(r, p), y = (*m)(r, q);
                        (*m)(r, p) = c * x - s * y;
                        (*m)(r, q) = s * x + c * y;
                    }
                }
            }
        }
    }
    return V;
}

std::vector<float> orthogonalised(const TrainKernels& kernels, const std::vector<float>& g, uint32_t R,
                                  uint32_t C) {
    MuonScratch scratch;
    std::vector<float> out(g.size());
    orthogonalise(kernels, g.data(), R, C, scratch, out.data());
    return out;
}

const TrainKernels& scalar() { return scalar_train_kernels(); }

struct Shape {
    uint32_t R, C;
};
constexpr Shape kShapes[] = {{1, 1},   {1, 40},  {40, 1},  {16, 16}, {17, 17}, {24, 64},
                             {64, 24}, {5, 100}, {100, 5}, {33, 31}, {2, 3}};

// out has the singular vectors of g, and singular values near 1 where those of g are not tiny.
void expect_orthogonalised(const std::vector<float>& g, const std::vector<float>& out, Shape s) {
    // Of the form with no more columns than rows.
    Matrix G(g, s.R, s.C), O(out, s.R, s.C);
    if (s.R < s.C) G = G.transposed(), O = O.transposed();
    const Matrix V = right_singular_vectors(G), GV = G * V, OV = O * V;
    double norm = 0;
    for (const double e : G.e) norm += e * e;
    norm = std::sqrt(norm);
    for (std::size_t i = 0; i < V.cols; i++) {
        const double before = GV.column_norm(i), after = OV.column_norm(i);
        EXPECT_LT(after, 1.3) << s.R << " x " << s.C;
        if (before < 1e-6 * norm) {
            EXPECT_LT(after, 1e-3) << s.R << " x " << s.C;
            continue;
        }
        // A direction that holds less than a fiftieth of all needs more than five iterations.
        if (before >= 0.02 * norm) {
            EXPECT_GT(after, 0.6) << s.R << " x " << s.C;
        }
        for (std::size_t r = 0; r < GV.rows; r++)
            EXPECT_NEAR(OV(r, i), GV(r, i) * after / before, 1e-3) << s.R << " x " << s.C;
    }
}

TEST(Orthogonalise, SingularValuesAreNearOne) {
    for (const Shape s : kShapes) {
        for (const float size : {1.0f, 1e-6f, 1e6f}) {
            std::vector<float> g = random_floats(s.R * s.C, s.R * 1000 + s.C);
            for (float& x : g) x *= size;
            expect_orthogonalised(g, orthogonalised(scalar(), g, s.R, s.C), s);
        }
    }
}

TEST(Orthogonalise, WhatHasNoRankStaysWithout) {
    for (const Shape s : {Shape{20, 30}, {30, 20}, {24, 24}}) {
        constexpr uint32_t kRank = 3;
        const Matrix product = Matrix(random_floats(s.R * kRank, 1), s.R, kRank) *
                               Matrix(random_floats(kRank * s.C, 2), kRank, s.C);
        const std::vector<float> g(product.e.begin(), product.e.end());
        expect_orthogonalised(g, orthogonalised(scalar(), g, s.R, s.C), s);
    }
    EXPECT_EQ(orthogonalised(scalar(), std::vector<float>(6 * 9), 6, 9), std::vector<float>(6 * 9));
}

TEST(Orthogonalise, InPlaceAndWithUsedScratch) {
    MuonScratch scratch;
    for (const Shape s : kShapes) {
        std::vector<float> g = random_floats(s.R * s.C, 5);
        const std::vector<float> expected = orthogonalised(scalar(), g, s.R, s.C);
        orthogonalise(scalar(), g.data(), s.R, s.C, scratch, g.data());
        EXPECT_EQ(g, expected) << s.R << " x " << s.C;
    }
}

TEST(Orthogonalise, ExactKernelSetsGiveTheSameBits) {
    for (const Shape s : kShapes) {
        const std::vector<float> g = random_floats(s.R * s.C, 7);
        const std::vector<float> expected = orthogonalised(scalar(), g, s.R, s.C);
        for (const KernelSet& set : exact_sets())
            EXPECT_EQ(orthogonalised(*set.train, g, s.R, s.C), expected)
                << set.name << " " << s.R << " x " << s.C;
    }
}

// As published, in double and without any of the shortcuts.
Matrix newton_schulz(Matrix x) {
    const bool tall = x.rows > x.cols;
    if (tall) x = x.transposed();
    double norm = 0;
    for (const double e : x.e) norm += e * e;
    for (double& e : x.e) e /= std::sqrt(norm);
    for (int i = 0; i < 5; i++) {
        const Matrix a = x * x.transposed();
        Matrix b = a * a;
        for (std::size_t k = 0; k < b.e.size(); k++) b.e[k] = -4.7750 * a.e[k] + 2.0315 * b.e[k];
        Matrix next = b * x;
        for (std::size_t k = 0; k < x.e.size(); k++) next.e[k] += 3.4445 * x.e[k];
        x = next;
    }
    return tall ? x.transposed() : x;
}

TEST(Muon, StepsAreTheDefinition) {
    const MuonStep step = {.decay = 0.99f, .momentum = 0.9f, .rate = 0.02f, .grad_scale = 0.5f};
    for (const Shape s : kShapes) {
        for (const KernelSet& set : kernel_sets()) {
            const std::size_t n = s.R * s.C;
            std::vector<float> w = random_floats(n, 1), m(n);
            Matrix W(w, s.R, s.C), M(s.R, s.C);
            MuonScratch scratch;
            for (uint64_t t = 0; t < 3; t++) {
                const std::vector<float> g = random_floats(n, 100 + t);
                muon(*set.train, step, g.data(), s.R, s.C, scratch, w.data(), m.data());
                Matrix update(s.R, s.C);
                for (std::size_t i = 0; i < n; i++) {
                    const double gradient = 0.5 * static_cast<double>(g[i]);
                    M.e[i] = 0.9 * M.e[i] + 0.1 * gradient;
                    update.e[i] = 0.9 * M.e[i] + 0.1 * gradient;
                }
                update = newton_schulz(update);
                for (std::size_t i = 0; i < n; i++)
                    W.e[i] = 0.99 * W.e[i] - 0.02 * std::sqrt(std::max(s.R, s.C)) * update.e[i];
            }
            double squares = 0;
            for (std::size_t i = 0; i < n; i++) {
                EXPECT_NEAR(m[i], M.e[i], 1e-6) << set.name;
                squares += (w[i] - W.e[i]) * (w[i] - W.e[i]);
            }
            // Against the update's root mean square of about `rate`. Directions that the momentum hardly has
            // are magnified 500 times, and their errors with them.
            EXPECT_LT(std::sqrt(squares / static_cast<double>(n)), 1e-3 * 0.02)
                << set.name << " " << s.R << " x " << s.C;
        }
    }
}

// ---- Options ----

// One parameter of each kind and one that takes no part.
const std::vector<Parameter>& parameters() {
    static const std::vector<Parameter> list = {{"matrix", 12, 20, TensorRole::matrix, true},
                                                {"embedding", 30, 12, TensorRole::embedding, true},
                                                {"vector", 1, 12, TensorRole::vector, true},
                                                {"filter", 5, 12, TensorRole::filter, true},
                                                {"inactive", 3, 4, TensorRole::matrix, false}};
    return list;
}
enum : std::size_t { kMatrix, kEmbedding, kVector, kFilter, kInactive };

Shadow some_values(uint64_t seed, bool inactive) {
    Shadow values;
    for (const Parameter& p : parameters())
        values.push_back(p.active || inactive ? random_floats(p.size(), seed++) : std::vector<float>());
    return values;
}

struct Stepped {
    Shadow weights;
    OptimizerState state;
};

Stepped stepped(const TrainOptions& options, Executor& executor) {
    Stepped s;
    s.weights = some_values(1, true);
    Optimizer optimizer(parameters(), executor.workers());
    for (uint64_t step = 0; step < 3; step++)
        optimizer.step(options, 0.01f, 0.7f, best_kernel_set(true), executor, some_values(10 + step, false),
                       &s.weights);
    s.state = optimizer.state();
    return s;
}

Shadow stepped(const TrainOptions& options) {
    SerialExecutor serial;
    return stepped(options, serial).weights;
}

TrainOptions with(OptimizerKind kind, float TrainOptions::*field = nullptr, float value = 0) {
    TrainOptions o;
    o.optimizer = kind;
    if (field) o.*field = value;
    return o;
}

constexpr OptimizerKind kKinds[] = {OptimizerKind::adamw, OptimizerKind::muon};

TEST(Optimizer, AnOptionChangesItsOwnParametersOnly) {
    const auto expect_changes = [](OptimizerKind kind, float TrainOptions::*field, float value,
                                   const std::vector<std::size_t>& changed) {
        const Shadow before = stepped(with(kind)), after = stepped(with(kind, field, value));
        for (std::size_t i = 0; i < before.size(); i++)
            EXPECT_EQ(before[i] != after[i], std::count(changed.begin(), changed.end(), i) == 1)
                << parameters()[i].name << " by " << value;
    };
    for (const OptimizerKind kind : kKinds) {
        expect_changes(kind, &TrainOptions::embedding_lr, 3, {kEmbedding});
        expect_changes(kind, &TrainOptions::embedding_weight_decay, 0.5f, {kEmbedding});
        expect_changes(kind, &TrainOptions::vector_lr, 3, {kVector});
        expect_changes(kind, &TrainOptions::weight_decay, 0.5f, {kMatrix, kVector, kFilter});
    }
    const std::vector<std::size_t> all = {kMatrix, kEmbedding, kVector, kFilter},
                                   rest = {kEmbedding, kVector, kFilter};
    expect_changes(OptimizerKind::adamw, &TrainOptions::beta1, 0.5f, all);
    expect_changes(OptimizerKind::muon, &TrainOptions::beta1, 0.5f, rest);
    expect_changes(OptimizerKind::muon, &TrainOptions::beta2, 0.5f, rest);
    expect_changes(OptimizerKind::muon, &TrainOptions::eps, 0.1f, rest);
    expect_changes(OptimizerKind::muon, &TrainOptions::muon_momentum, 0.5f, {kMatrix});
    expect_changes(OptimizerKind::muon, &TrainOptions::muon_rms, 0.1f, {kMatrix});
    expect_changes(OptimizerKind::adamw, &TrainOptions::muon_momentum, 0.5f, {});
    expect_changes(OptimizerKind::adamw, &TrainOptions::muon_rms, 0.1f, {});
}

TEST(Optimizer, RatesAreMultiplesOfTheLearningRate) {
    const Shadow start = some_values(1, true);
    for (const OptimizerKind kind : kKinds) {
        EXPECT_EQ(stepped(with(kind, &TrainOptions::embedding_lr, 0))[kEmbedding], start[kEmbedding]);
        EXPECT_EQ(stepped(with(kind, &TrainOptions::vector_lr, 0))[kVector], start[kVector]);
        // Weight decay goes with the parameter's own rate: 1 - lr * multiple * decay each step.
        TrainOptions o = with(kind, &TrainOptions::embedding_lr, 4);
        const Shadow without = stepped(o);
        o.embedding_weight_decay = 1e-3f;
        const Shadow decayed = stepped(o);
        for (std::size_t e = 0; e < start[kEmbedding].size(); e++)
            EXPECT_NEAR(without[kEmbedding][e] - decayed[kEmbedding][e],
                        start[kEmbedding][e] * 3 * 0.01f * 4 * 1e-3f, 3e-5f);
        // The step itself is as many times longer.
        const Shadow one = stepped(with(kind));
        for (std::size_t e = 0; e < start[kEmbedding].size(); e++)
            EXPECT_NEAR(without[kEmbedding][e] - start[kEmbedding][e],
                        4 * (one[kEmbedding][e] - start[kEmbedding][e]), 1e-5f);
    }
}

TEST(Optimizer, MuonTakesTheMatricesAndAdamWTheRest) {
    SerialExecutor serial;
    const Stepped adamw = stepped(with(OptimizerKind::adamw), serial),
                  both = stepped(with(OptimizerKind::muon), serial);
    for (std::size_t i = 0; i < parameters().size(); i++)
        EXPECT_EQ(adamw.weights[i] == both.weights[i], i != kMatrix) << parameters()[i].name;
    EXPECT_EQ(both.state.v[kMatrix], std::vector<float>(12 * 20));
    EXPECT_EQ(both.weights[kInactive], some_values(1, true)[kInactive]);
    EXPECT_TRUE(both.state.m[kInactive].empty());
    EXPECT_EQ(both.state.steps, 3u);
}

TEST(Optimizer, WorkersDoNotMatter) {
    for (const OptimizerKind kind : kKinds) {
        SerialExecutor serial;
        BackwardsExecutor backwards;
        EXPECT_EQ(stepped(with(kind), serial).weights, stepped(with(kind), backwards).weights);
    }
}

TEST(Optimizer, RestoreRefusesWhatDoesNotFit) {
    SerialExecutor serial;
    const OptimizerState good = stepped(TrainOptions{}, serial).state;
    Optimizer optimizer(parameters(), 1);
    OptimizerState bad = good;
    bad.v[kVector].pop_back();
    EXPECT_EQ(optimizer.restore(bad).code(), Code::bad_file);
    bad = good;
    bad.m.pop_back();
    EXPECT_EQ(optimizer.restore(bad).code(), Code::bad_file);
    bad = good;
    bad.m[kFilter][3] = INFINITY;
    EXPECT_EQ(optimizer.restore(bad).code(), Code::not_finite);
    EXPECT_EQ(optimizer.state().steps, 0u);
    ASSERT_TRUE(optimizer.restore(good).ok());
    EXPECT_EQ(optimizer.state().steps, 3u);
}

// ---- Whole runs ----

TrainOptions muon_options() {
    TrainOptions o = small_options();
    o.optimizer = OptimizerKind::muon;
    o.embedding_lr = 2;
    o.vector_lr = 0.5f;
    o.embedding_weight_decay = 0.05f;
    return o;
}

TEST(MuonRun, ExactTrainingIsTheSameForEveryKernelSet) {
    SerialExecutor serial;
    const uint64_t expected = train_to_end(*make_run(scalar_set(), serial, muon_options()));
    for (const KernelSet& set : exact_sets())
        EXPECT_EQ(train_to_end(*make_run(set, serial, muon_options())), expected) << set.name;
}

TEST(MuonRun, ThreadsDoNotChangeTheWeights) {
    for (const bool exact : {true, false}) {
        SerialExecutor serial;
        BackwardsExecutor backwards;
        const KernelSet set = best_kernel_set(exact);
        const uint64_t expected = train_to_end(*make_run(set, serial, muon_options()));
        EXPECT_EQ(train_to_end(*make_run(set, backwards, muon_options())), expected);
#if !defined(__EMSCRIPTEN__)
        cli::ThreadPool pool(3);
        EXPECT_EQ(train_to_end(*make_run(set, pool, muon_options())), expected);
#endif
    }
}

TEST(MuonRun, ResumedRunEndsWithTheSameBytes) {
    SerialExecutor serial;
    const KernelSet set = best_kernel_set(false);
    const auto whole = make_run(set, serial, muon_options());
    std::vector<uint8_t> half, expected, bytes;
    StepResult result;
    while (whole->steps_done() < 11) ASSERT_TRUE(whole->step(&result).ok());
    ASSERT_TRUE(whole->checkpoint({}, &half).ok());
    train_to_end(*whole);
    ASSERT_TRUE(whole->checkpoint({}, &expected).ok());
    std::unique_ptr<TrainingRun> resumed;
    const Status status = resume_run(half, some_text(), set, serial, &resumed);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(resumed->options(), muon_options());
    train_to_end(*resumed);
    ASSERT_TRUE(resumed->checkpoint({}, &bytes).ok());
    EXPECT_EQ(bytes, expected);
}

TEST(MuonRun, LossFalls) {
    SerialExecutor serial;
    TrainOptions o = muon_options();
    o.steps = 200;
    const auto run = make_run(best_kernel_set(false), serial, o);
    train_to_end(*run);
    Evaluation after;
    ASSERT_TRUE(run->validate(false, &after).ok());
    EXPECT_LT(after.bits(), 2.0);
}

}  // namespace
}  // namespace atome::test
