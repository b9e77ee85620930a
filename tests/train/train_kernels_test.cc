// Every exact set of training kernels gives the bits of the scalar definition; fused gemm comes close.
#include "atome/kernels/train_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "atome/base/random.h"

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

std::vector<const TrainKernels*> simd_sets(bool fused) {
    std::vector<const TrainKernels*> sets;
    for (const Isa isa : {Isa::avx2, Isa::avx512, Isa::wasm128})
        if (const TrainKernels* k = train_kernels(isa, fused); k && k->fused == fused) sets.push_back(k);
    return sets;
}

const TrainKernels& scalar() { return *train_kernels(Isa::scalar, false); }

struct GemmShape {
    uint32_t M, N, K;
};

std::vector<float> run_gemm(const TrainKernels& k, GemmShape s, bool transposed, bool accumulate,
                            bool scaled) {
    const uint32_t Np = padded(s.N), Kp = padded(s.K), Mp = padded(s.M);
    const std::vector<float> A = random_floats(static_cast<std::size_t>(Mp) * Kp, 1);
    std::vector<float> B(static_cast<std::size_t>(s.K) * Np);
    const std::vector<float> b = random_floats(B.size(), 2), scale = random_floats(Np, 3);
    for (uint32_t r = 0; r < s.K; r++) std::copy_n(&b[r * Np], s.N, &B[r * Np]);  // zeros behind N
    std::vector<float> C = random_floats(static_cast<std::size_t>(s.M) * Np, 4);
    k.gemm({s.M, s.N, s.K, A.data(), transposed ? 1u : Kp, transposed ? Mp : 1u, B.data(), Np, C.data(), Np,
            accumulate, scaled ? scale.data() : nullptr});
    std::vector<float> result;
    for (uint32_t m = 0; m < s.M; m++) result.insert(result.end(), &C[m * Np], &C[m * Np] + s.N);
    return result;
}

TEST(TrainKernels, GemmEqualsTheDefinition) {
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
                    const auto expected = run_gemm(scalar(), s, transposed, accumulate, scaled);
                    for (const TrainKernels* k : simd_sets(false))
                        EXPECT_TRUE(same_bits(run_gemm(*k, s, transposed, accumulate, scaled), expected))
                            << k->name << " " << s.M << " " << s.N << " " << s.K;
                    for (const TrainKernels* k : simd_sets(true)) {
                        const auto fused = run_gemm(*k, s, transposed, accumulate, scaled);
                        for (std::size_t i = 0; i < fused.size(); i++)
                            ASSERT_NEAR(fused[i], expected[i], 1e-4 * (1000 + std::abs(expected[i])))
                                << k->name;
                    }
                }
}

// Calls one kernel of a set on copies of the same inputs and returns everything that it wrote.
template <class Call>
void expect_same(const char* what, uint32_t n, Call call) {
    const std::vector<float> expected = call(scalar());
    for (const TrainKernels* k : simd_sets(false))
        EXPECT_TRUE(same_bits(call(*k), expected)) << k->name << " " << what << " n " << n;
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
    for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::wasm128}) {
        if (!kernels(isa)) {
            EXPECT_EQ(train_kernels(isa, false), nullptr);
            continue;
        }
        EXPECT_STREQ(train_kernels(isa, false)->name, kernels(isa)->name);
        EXPECT_FALSE(train_kernels(isa, false)->fused);
    }
}

}  // namespace
}  // namespace atome::test
