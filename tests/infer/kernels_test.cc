// Every kernel of every set, the scalar definition too, against plain loops, bit for bit; and proof of which
// set really ran.
#include "atome/kernels/kernels.h"
#include "atome/kernels/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "atome/base/math.h"
#include "atome/base/random.h"
#include "atome/infer/engine.h"
#include "tests/infer/golden_case.h"
#include "tests/infer/plain_kernels.h"
#include "tests/kernel_sets.h"

namespace atome::test {
namespace {

// What sums and products treat specially: both zeros, denormals, numbers far apart in size. No kernel may
// be given NaN or infinity, nor reach them from these.
float awkward(Random& random) {
    const float sign = random.below(2) ? 1.0f : -1.0f;
    switch (random.below(8)) {
        case 0:
            return 0.0f * sign;
        case 1:
            return sign * 1e-40f * random.uniform();  // denormal
        case 2:
            return sign * 1e12f * random.uniform();
        case 3:
            return sign * 1e-20f * random.uniform();
        default:
            return sign * 4 * random.uniform();
    }
}

std::vector<float> floats(Random& random, std::size_t n) {
    std::vector<float> x(n);
    for (float& v : x) v = awkward(random);
    return x;
}

void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b, const char* what,
                      uint32_t n) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); i++)
        ASSERT_EQ(bits_as<uint32_t>(a[i]), bits_as<uint32_t>(b[i]))
            << what << ", n = " << n << ", element " << i << ": " << a[i] << " is not " << b[i];
}

class KernelSet : public testing::TestWithParam<atome::KernelSet> {
  protected:
    void SetUp() override {
        if (!GetParam().available()) GTEST_SKIP() << "this machine does not have the set";
        set_ = GetParam().infer;
    }
    // Runs `use` with the plain loops and the set under test on equal copies of `out`.
    template <class Use>
    void compare(const char* what, uint32_t n, std::vector<float> out, Use use) {
        std::vector<float> expected = out;
        use(plain::kKernels, expected.data());
        use(*set_, out.data());
        expect_same_bits(expected, out, what, n);
    }

    const Kernels* set_ = nullptr;
    Random random_{42};
};

TEST_P(KernelSet, MatvecCodes) {
    for (uint32_t cols = 1; cols <= 70; cols++)
        for (const uint32_t rows : {16u, 32u, 48u, 64u, 80u, 112u, 176u, 256u}) {
            std::vector<int8_t> codes(rows * cols);
            static constexpr int8_t kLevels[] = {0, 1, -1, 3, -3, 9, -9};
            for (int8_t& c : codes) c = kLevels[random_.below(7)];
            const std::vector<float> scales = floats(random_, rows), x = floats(random_, cols);
            compare("matvec_codes", cols, std::vector<float>(rows, 7.0f), [&](const Kernels& k, float* y) {
                k.matvec_codes(codes.data(), scales.data(), rows, cols, x.data(), y);
            });
        }
}

TEST_P(KernelSet, MatvecFloats) {
    for (uint32_t cols = 1; cols <= 70; cols++)
        for (const uint32_t rows : {16u, 48u, 128u, 144u}) {
            const std::vector<float> weights = floats(random_, rows * cols), scales = floats(random_, rows),
                                     x = floats(random_, cols);
            compare("matvec_floats", cols, std::vector<float>(rows, 7.0f), [&](const Kernels& k, float* y) {
                k.matvec_floats(weights.data(), scales.data(), rows, cols, x.data(), y);
            });
        }
}

TEST_P(KernelSet, Layernorm) {
    for (uint32_t n = 1; n <= 70; n++) {
        const std::vector<float> x = floats(random_, n), gamma = floats(random_, n),
                                 beta = floats(random_, n);
        compare("layernorm", n, std::vector<float>(n + 2), [&](const Kernels& k, float* out) {
            k.layernorm(x.data(), gamma.data(), beta.data(), n, out, out + n);
        });
        compare("layernorm in place", n, x, [&](const Kernels& k, float* out) {
            k.layernorm(out, gamma.data(), beta.data(), n, out, nullptr);
        });
    }
}

TEST_P(KernelSet, Conv) {
    for (uint32_t D = 1; D <= 70; D++)
        for (const uint32_t K : {1u, 2u, 5u, 32u})
            for (const uint32_t stride : {D, padded(D)}) {
                const std::vector<float> taps = floats(random_, K * stride), inputs = floats(random_, K * D);
                std::vector<const float*> rows(K);
                for (uint32_t j = 0; j < K; j++) rows[j] = &inputs[j * D];
                compare("conv", D, std::vector<float>(D, 7.0f), [&](const Kernels& k, float* out) {
                    k.conv(taps.data(), stride, 0.37f, rows.data(), K, D, out);
                });
            }
}

TEST_P(KernelSet, State) {
    for (uint32_t D = 1; D <= 70; D++) {
        const std::vector<float> a = floats(random_, D), b = floats(random_, D), c = floats(random_, D),
                                 h = floats(random_, D);
        // The state, then the output.
        compare("state", D, floats(random_, 2 * D), [&](const Kernels& k, float* s) {
            k.state(a.data(), b.data(), c.data(), h.data(), D, s, s + D);
        });
    }
}

TEST_P(KernelSet, SelectiveState) {
    for (uint32_t D = 1; D <= 70; D++)
        for (const float size : {0.1f, 1.0f, 30.0f}) {
            const std::vector<float> a_raw = floats(random_, D), b = floats(random_, D),
                                     c = floats(random_, D), h = floats(random_, D);
            // The gate, which becomes the decay, then the state, then the output.
            std::vector<float> out = floats(random_, 3 * D);
            for (uint32_t d = 0; d < D; d++) out[d] *= size;
            compare("selective_state", D, out, [&](const Kernels& k, float* a) {
                k.selective_state(a_raw.data(), b.data(), c.data(), h.data(), D, a, a + D, a + 2 * D);
            });
        }
}

TEST_P(KernelSet, Scores) {
    for (uint32_t n = 1; n <= 70; n++)
        for (const uint32_t H : {1u, 6u, 16u, 33u}) {
            const uint32_t stride = padded(n);
            const std::vector<float> keys = floats(random_, std::size_t{H} * stride), q = floats(random_, H);
            std::vector<float> expected(stride), got(stride);
            plain::scores(keys.data(), stride, q.data(), H, n, 0.25f, expected.data());
            set_->scores(keys.data(), stride, q.data(), H, n, 0.25f, got.data());
            // What lies beyond n is scratch.
            expected.resize(n);
            got.resize(n);
            expect_same_bits(expected, got, "scores", n);
        }
}

TEST_P(KernelSet, WeightedSum) {
    for (uint32_t D = 1; D <= 70; D++)
        for (const uint32_t count : {1u, 2u, 4u, 7u, 64u}) {
            const std::vector<float> weights = floats(random_, count), inputs = floats(random_, count * D);
            std::vector<const float*> rows(count);
            for (uint32_t i = 0; i < count; i++) rows[i] = &inputs[i * D];
            compare("weighted_sum", D, std::vector<float>(D, 7.0f), [&](const Kernels& k, float* out) {
                k.weighted_sum(weights.data(), rows.data(), count, D, out);
            });
        }
}

TEST_P(KernelSet, AxpyAndRelu) {
    for (uint32_t n = 1; n <= 70; n++) {
        const std::vector<float> y = floats(random_, n);
        compare("axpy", n, floats(random_, n),
                [&](const Kernels& k, float* x) { k.axpy(-0.7f, y.data(), n, x); });
        compare("relu_squared", n, floats(random_, n),
                [&](const Kernels& k, float* u) { k.relu_squared(u, n); });
    }
}

TEST_P(KernelSet, Softmax) {
    for (uint32_t n = 1; n <= 70; n++) {
        compare("softmax", n, floats(random_, n), [&](const Kernels& k, float* x) { k.softmax(x, n); });
        std::vector<float> small(n);
        for (float& v : small) v = 20 * random_.uniform() - 10;
        compare("softmax", n, small, [&](const Kernels& k, float* x) { k.softmax(x, n); });
        set_->softmax(small.data(), n);
        float sum = 0;
        for (const float v : small) sum += v;
        EXPECT_NEAR(sum, 1.0f, 1e-5f);
    }
}

TEST_P(KernelSet, FirstAbove) {
    for (uint32_t n = 0; n <= 70; n++) {
        const std::vector<float> x = floats(random_, n + 1);
        for (const float threshold : {x[n], x[n / 2], 0.0f, 1e30f, -1e30f})
            EXPECT_EQ(set_->first_above(x.data(), n, threshold), plain::first_above(x.data(), n, threshold))
                << n << " " << threshold;
    }
}

TEST_P(KernelSet, SaysWhatItIs) {
    const std::map<std::string, uint32_t> lanes = {
        {"scalar", 1}, {"avx2", 8}, {"avx512", 16}, {"neon", 4}, {"wasm128", 4}};
    EXPECT_EQ(set_->lanes, lanes.at(set_->name));
    EXPECT_STREQ(set_->name, GetParam().name);
    EXPECT_EQ(find_kernels(GetParam().name), set_);
}

// ---- which set really ran ------------------------------------------------------------------------------

// A table of functions that count and pass on.
const Kernels* g_inner = nullptr;
uint64_t g_calls[12] = {};

template <int I, auto Member, class Result, class... Args>
Result counted(Args... args) {
    g_calls[I]++;
    return (g_inner->*Member)(args...);
}

// Deduces the arguments from the type of the member.
template <int I, auto Member, class Result, class... Args>
auto counter(Result (*Kernels::*)(Args...)) -> Result (*)(Args...) {
    return counted<I, Member, Result, Args...>;
}
#define ATOME_COUNT(I, MEMBER) table.MEMBER = counter<I, &Kernels::MEMBER>(&Kernels::MEMBER)

Kernels counting_table(const Kernels& inner) {
    g_inner = &inner;
    std::fill(std::begin(g_calls), std::end(g_calls), 0);
    Kernels table = inner;
    ATOME_COUNT(0, matvec_codes);
    ATOME_COUNT(1, matvec_floats);
    ATOME_COUNT(2, layernorm);
    ATOME_COUNT(3, conv);
    ATOME_COUNT(4, state);
    ATOME_COUNT(5, scores);
    ATOME_COUNT(6, weighted_sum);
    ATOME_COUNT(7, axpy);
    ATOME_COUNT(8, relu_squared);
    ATOME_COUNT(9, softmax);
    ATOME_COUNT(10, first_above);
    ATOME_COUNT(11, selective_state);
    return table;
}
#undef ATOME_COUNT

// The kernels that a model's 5th step calls, of the k = 4 that attention keeps.
void expect_calls(const Kernels& set, const std::string& name, bool selective) {
    SCOPED_TRACE(name);
    const GoldenCase c = load_golden(golden_path(name));
    const OpenModel m = open_model(c.model);
    const Kernels table = counting_table(set);
    const EngineOptions options{.window = 8, .unpack = true, .kernels = &table};
    cli::AlignedBuffer memory(arena_bytes(m.view, options));
    Engine engine;
    ASSERT_TRUE(engine.init(m.view, options, memory.data(), memory.size()).ok());
    EXPECT_EQ(&engine.kernels(), &table);
    for (uint32_t i = 0; i < c.model.config.top_k; i++) ASSERT_TRUE(engine.step(1).ok());
    EXPECT_EQ(g_calls[10], 0u);  // until then every position is kept
    std::fill(std::begin(g_calls), std::end(g_calls), 0);
    ASSERT_TRUE(engine.step(1).ok());
    const uint64_t L = c.model.config.n_layers;
    const uint64_t expected[12] = {
        3 * L + 1,  // projections, up, down of every layer; unembed
        0,          // no float matrix in this model
        2 * L + 1,  // two norms a layer, the final one
        L,          // conv
        selective ? 0 : L,
        L,      // scores
        L,      // weighted sum
        4 * L,  // three pathways and the feed-forward
        L,
        0,  // the sampler's
        L,  // one position more than are kept
        selective ? L : 0,
    };
    for (int i = 0; i < 12; i++) EXPECT_EQ(g_calls[i], expected[i]) << "kernel " << i;
}

TEST_P(KernelSet, TheEngineRunsTheSetItIsGiven) {
    expect_calls(*set_, "tiny_ffn_ternary", false);
    expect_calls(*set_, "tiny_selective_ternary", true);
}

// The exact sets of this build; those that the machine lacks are reported as skipped.
std::vector<atome::KernelSet> exact_sets_of_build() {
    std::vector<atome::KernelSet> sets;
    for (const atome::KernelSet& set : atome::kernel_sets())
        if (!set.fused) sets.push_back(set);
    return sets;
}
INSTANTIATE_TEST_SUITE_P(Sets, KernelSet, testing::ValuesIn(exact_sets_of_build()),
                         [](const auto& p) { return std::string(p.param.name); });

TEST(Kernels, TheBuildHasTheSetsOfItsProcessor) {
    std::vector<std::string> names;
    for (const atome::KernelSet& set : atome::kernel_sets()) names.emplace_back(set.name);
#if defined(__x86_64__)
    EXPECT_EQ(names, (std::vector<std::string>{"scalar", "avx2", "avx2+fma", "avx512", "avx512+fma"}));
#elif defined(__aarch64__)
    EXPECT_EQ(names, (std::vector<std::string>{"scalar", "neon", "neon+fma"}));
#elif defined(__wasm_simd128__)
    EXPECT_EQ(names, (std::vector<std::string>{"scalar", "wasm128"}));
#endif
}

TEST(Kernels, BestIsTheWidestThatRuns) {
    uint32_t widest = 0;
    for (const atome::KernelSet& set : exact_sets()) widest = std::max(widest, set.infer->lanes);
    EXPECT_EQ(best_kernels().lanes, widest);
#if defined(__x86_64__)
    EXPECT_EQ(find_kernels("avx2") != nullptr, __builtin_cpu_supports("avx2") != 0);
#endif
}

TEST(Kernels, UnknownNamesAreNull) {
    for (const char* name : {"", "sse2", "avx", "avx5122", "SCALAR", "avx2+fma"})
        EXPECT_EQ(find_kernels(name), nullptr) << name;
}

}  // namespace
}  // namespace atome::test
