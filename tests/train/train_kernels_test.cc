// Every exact set of training kernels gives the bits of the scalar definition, whose gemm gives those of
// plain loops; fused gemm is as near to the exact value as its roundings allow.
#include "atome/kernels/train_kernels.h"
#include "atome/kernels/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "atome/base/random.h"
#include "tests/kernel_sets.h"

namespace atome::test {
namespace {

std::vector<float> random_floats(std::size_t n, uint64_t seed) {
    Random random(seed);
    std::vector<float> x(n);
    for (float& v : x) {
        v = (2 * random.uniform() - 1) * (random.below(8) == 0 ? 100.0f : 1.0f);
        if (random.below(16) == 0) v = random.below(2) ? 0.0f : -0.0f;
    }
    return x;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

const TrainKernels& scalar() { return scalar_train_kernels(); }

std::vector<KernelSet> simd_sets(bool fused) {
    std::vector<KernelSet> sets = kernel_sets();
    sets.erase(
        std::remove_if(sets.begin(), sets.end(),
                       [&](const KernelSet& set) { return set.fused != fused || set.train == &scalar(); }),
        sets.end());
    return sets;
}

struct GemmShape {
    uint32_t M, N, K;
};

// One product with random inputs.
class GemmTrial {
  public:
    GemmTrial(GemmShape shape, bool transposed, bool accumulate, bool scaled)
        : s_(shape),
          Np_(padded(s_.N)),
          a_row_(transposed ? 1 : padded(s_.K)),
          a_col_(transposed ? padded(s_.M) : 1),
          accumulate_(accumulate),
          A_(random_floats(static_cast<std::size_t>(padded(s_.M)) * padded(s_.K), 1)),
          B_(random_floats(static_cast<std::size_t>(s_.K) * Np_, 2)),
          C_(random_floats(static_cast<std::size_t>(s_.M) * Np_, 4)) {
        for (uint32_t k = 0; k < s_.K; k++)  // zeros behind N
            std::fill(&B_[k * Np_] + s_.N, &B_[k * Np_] + Np_, 0.0f);
        if (scaled) scale_ = random_floats(Np_, 3);
    }

    std::vector<float> run(const TrainKernels& k) const {
        std::vector<float> C = C_;
        k.gemm({s_.M, s_.N, s_.K, A_.data(), a_row_, a_col_, B_.data(), Np_, C.data(), Np_, accumulate_,
                scale_.empty() ? nullptr : scale_.data()});
        std::vector<float> result;
        for (uint32_t m = 0; m < s_.M; m++) result.insert(result.end(), &C[m * Np_], &C[m * Np_] + s_.N);
        return result;
    }

    // Each element by itself: what was there or 0, then the products in the order of k, then the scale. Float
    // gives the bits of an exact set.
    template <class Number>
    std::vector<Number> plain() const {
        return each<Number>([](float x) { return static_cast<Number>(x); });
    }

    // How far a set that fuses may be from the exact value. Every term passes at most one rounding as a
    // product, K as a part of the sum and one as it is scaled, each off by 2^-24 of what it rounds; so the
    // error is at most ((1 + 2^-24)^(K + 2) - 1) times the sum of the terms' magnitudes (N. Higham, Accuracy
    // and Stability of Numerical Algorithms, 3.1).
    std::vector<double> bound() const {
        std::vector<double> b = each<double>([](float x) { return std::abs(static_cast<double>(x)); });
        for (double& v : b) v *= std::expm1((s_.K + 2) * std::log1p(0x1p-24));
        return b;
    }

  private:
    template <class Number, class Of>
    std::vector<Number> each(Of of) const {
        std::vector<Number> result;
        for (uint32_t m = 0; m < s_.M; m++)
            for (uint32_t n = 0; n < s_.N; n++) {
                Number sum = accumulate_ ? of(C_[m * Np_ + n]) : 0;
                for (uint32_t k = 0; k < s_.K; k++)
                    sum += of(A_[m * a_row_ + k * a_col_]) * of(B_[k * Np_ + n]);
                result.push_back(scale_.empty() ? sum : sum * of(scale_[n]));
            }
        return result;
    }

    GemmShape s_;
    uint32_t Np_, a_row_, a_col_;
    bool accumulate_;
    std::vector<float> A_, B_, C_, scale_;
};

TEST(TrainKernels, GemmEqualsPlainLoops) {
    for (const GemmShape s : {GemmShape{1, 1, 1},
                              {3, 5, 7},
                              {8, 16, 4},
                              {9, 33, 20},
                              {17, 48, 31},
                              {64, 99, 64},
                              {5, 256, 64},
                              {12, 64, 1},
                              {31, 15, 3}})
        for (const bool transposed : {false, true})
            for (const bool accumulate : {false, true})
                for (const bool scaled : {false, true}) {
                    const GemmTrial trial(s, transposed, accumulate, scaled);
                    const std::vector<float> expected = trial.plain<float>();
                    EXPECT_TRUE(same_bits(trial.run(scalar()), expected)) << s.M << " " << s.N << " " << s.K;
                    for (const KernelSet& k : simd_sets(false))
                        EXPECT_TRUE(same_bits(trial.run(*k.train), expected))
                            << k.name << " " << s.M << " " << s.N << " " << s.K;
                    const std::vector<double> exact = trial.plain<double>(), bound = trial.bound();
                    for (const KernelSet& k : simd_sets(true)) {
                        const std::vector<float> fused = trial.run(*k.train);
                        ASSERT_EQ(fused.size(), exact.size());
                        for (std::size_t i = 0; i < fused.size(); i++)
                            ASSERT_NEAR(fused[i], exact[i], bound[i]) << k.name << " K " << s.K;
                    }
                }
}

// Calls one kernel of a set on copies of the same inputs and returns everything that it wrote.
template <class Call>
void expect_same(const char* what, uint32_t n, Call call) {
    const std::vector<float> expected = call(scalar());
    for (const KernelSet& k : simd_sets(false))
        EXPECT_TRUE(same_bits(call(*k.train), expected)) << k.name << " " << what << " n " << n;
}

TEST(TrainKernels, VectorKernelsEqualTheDefinition) {
    for (uint32_t n = 1; n <= 70; n++) {
        const auto x = [n](uint64_t seed) { return random_floats(n, 100 * n + seed); };
        expect_same("layernorm_backward", n, [&](const TrainKernels& k) {
            const float stats[2] = {0.1f, 1.7f};
            auto out = x(1);
            auto dgamma = x(2), dbeta = x(3);
            k.layernorm_backward(x(4).data(), x(5).data(), stats, x(6).data(), n, out.data(), dgamma.data(),
                                 dbeta.data());
            out.insert(out.end(), dgamma.begin(), dgamma.end());
            out.insert(out.end(), dbeta.begin(), dbeta.end());
            return out;
        });
        expect_same("conv_backward", n, [&](const TrainKernels& k) {
            constexpr uint32_t K = 3;
            const auto taps = random_floats(K * n, n), in = random_floats(K * n, n + 1);
            auto dtaps = random_floats(K * n, n + 2), drows = random_floats(K * n, n + 3);
            const float* rows[K];
            float* outs[K];
            for (uint32_t j = 0; j < K; j++) rows[j] = &in[j * n], outs[j] = &drows[j * n];
            k.conv_backward(taps.data(), n, rows, x(1).data(), K, n, outs, dtaps.data());
            dtaps.insert(dtaps.end(), drows.begin(), drows.end());
            return dtaps;
        });
        expect_same("state_backward", n, [&](const TrainKernels& k) {
            auto ds = x(1), dh = x(2), da = x(3), db = x(4), dc = x(5);
            k.state_backward(x(6).data(), x(7).data(), x(8).data(), x(9).data(), x(10).data(), x(11).data(),
                             x(12).data(), n, ds.data(), dh.data(), da.data(), db.data(), dc.data());
            for (const auto* v : {&dh, &da, &db, &dc}) ds.insert(ds.end(), v->begin(), v->end());
            return ds;
        });
        expect_same("selective_state_backward", n, [&](const TrainKernels& k) {
            auto ds = x(1), dh = x(2), dz = x(3), da_raw = x(4), db = x(5), dc = x(6);
            k.selective_state_backward(x(7).data(), x(8).data(), x(9).data(), x(10).data(), x(11).data(),
                                       x(12).data(), x(13).data(), n, ds.data(), dh.data(), dz.data(),
                                       da_raw.data(), db.data(), dc.data());
            for (const auto* v : {&dh, &dz, &da_raw, &db, &dc}) ds.insert(ds.end(), v->begin(), v->end());
            return ds;
        });
        expect_same("dot", n, [&](const TrainKernels& k) {
            return std::vector<float>{k.dot(x(1).data(), x(2).data(), n), k.sum_squares(x(1).data(), n)};
        });
        expect_same("scale and add", n, [&](const TrainKernels& k) {
            auto out = x(1);
            k.scale(0.3f, x(2).data(), n, out.data());
            k.add(x(3).data(), n, out.data());
            return out;
        });
        expect_same("relu_squared_backward", n, [&](const TrainKernels& k) {
            auto out = x(1);
            k.relu_squared_backward(x(2).data(), out.data(), n, out.data());
            return out;
        });
        expect_same("cross_entropy", n, [&](const TrainKernels& k) {
            auto logits = x(1);
            const float loss = k.cross_entropy(logits.data(), n, n / 2, 0.01f);
            logits.push_back(loss);
            return logits;
        });
        expect_same("entropy", n,
                    [&](const TrainKernels& k) { return std::vector<float>{k.entropy(x(1).data(), n)}; });
        expect_same("adamw", n, [&](const TrainKernels& k) {
            auto w = x(1), m = x(2), v = x(3);
            for (float& e : v) e = std::abs(e);
            k.adamw({0.999f, 0.9f, 0.99f, 0.01f, 1.5f, 1e-8f, 0.7f}, x(4).data(), n, w.data(), m.data(),
                    v.data());
            w.insert(w.end(), m.begin(), m.end());
            w.insert(w.end(), v.begin(), v.end());
            return w;
        });
        for (const float most : {1.0f, 7.0f})
            expect_same("round_codes", n, [&](const TrainKernels& k) {
                std::vector<float> codes(n);
                auto w = x(1);
                w[0] = 0.25f;  // exactly half of the step: rounds to even
                k.round_codes(w.data(), 0.5f, most, n, codes.data());
                EXPECT_EQ(codes[0], 0.0f);
                for (const float code : codes) EXPECT_LE(std::abs(code), most);
                return codes;
            });
    }
}

TEST(TrainKernels, SetsSayWhatTheyAre) {
    for (const KernelSet& set : kernel_sets()) {
        const std::string infer = set.infer->name;
        EXPECT_EQ(set.name, set.fused ? infer + "+fma" : infer);
        EXPECT_EQ(find_kernel_set(set.name)->train, set.train);
        EXPECT_EQ(kernel_set_of(set.infer, !set.fused).train, set.train);
    }
    EXPECT_EQ(find_kernel_set("avx2+"), nullptr);
    EXPECT_FALSE(best_kernel_set(true).fused);
}

}  // namespace
}  // namespace atome::test
