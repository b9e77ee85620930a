// The engine against the golden vectors, and against itself: packed and unpacked weights, every kernel set,
// every encoding give the same bits.
#include "atome/infer/engine.h"
#include "atome/kernels/registry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>

#include "atome/base/digest.h"
#include "atome/deploy/fit.h"
#include "atome/formats/load.h"
#include "atome/infer/sampler.h"
#include "atome/quant/coded_model.h"
#include "tests/infer/golden_case.h"
#include "tests/kernel_sets.h"
#include "tests/wide_config.h"

namespace atome::test {
namespace {

// Rounding alone stays below 1e-5 on these cases; a wrong term is far above.
constexpr double kTolerance = 1e-4;

std::vector<const Kernels*> available_kernels() {
    std::vector<const Kernels*> sets;
    for (const KernelSet& set : exact_sets()) sets.push_back(set.infer);
    return sets;
}

// An engine with memory of exactly the size that it asks for, so that a sanitizer sees every overrun.
struct Running {
    cli::AlignedBuffer memory;
    Engine engine;

    Running(const ModelView& view, const EngineOptions& options) : memory(arena_bytes(view, options)) {
        // Results must not depend on what the memory held.
        std::memset(memory.data(), 0xA5, memory.size());
        const Status status = engine.init(view, options, memory.data(), memory.size());
        EXPECT_TRUE(status.ok()) << status.message();
    }
};

Outputs stream(Engine& engine, const std::vector<uint32_t>& tokens, std::size_t n_greedy) {
    const Config& c = engine.config();
    const uint32_t V = c.vocab_size, L = c.n_layers, P = c.active_pathways();
    const std::size_t T = tokens.size();
    Outputs out;
    out.router.resize(L * T * P);
    out.entropy.resize(L * T);
    for (std::size_t t = 0; t < T; t++) {
        EXPECT_TRUE(engine.step(tokens[t]).ok());
        out.logits.insert(out.logits.end(), engine.logits(), engine.logits() + V);
        for (uint32_t l = 0; l < L; l++) {
            std::memcpy(&out.router[(l * T + t) * P], engine.router(l), P * sizeof(float));
            out.entropy[l * T + t] = engine.entropy(l);
        }
    }
    for (std::size_t i = 0; i < n_greedy; i++) {
        out.greedy.push_back(argmax(engine.logits(), V));
        EXPECT_TRUE(engine.step(out.greedy.back()).ok());
    }
    return out;
}

uint64_t digest_of(const Outputs& o) {
    Digest d;
    d.add(o.logits.data(), o.logits.size());
    d.add(o.router.data(), o.router.size());
    d.add(o.entropy.data(), o.entropy.size());
    for (const uint32_t token : o.greedy) d.add(token);
    return d.value();
}

Outputs run(const ModelView& view, const EngineOptions& options, const std::vector<uint32_t>& tokens,
            std::size_t n_greedy) {
    Running r(view, options);
    return stream(r.engine, tokens, n_greedy);
}

void expect_close(const GoldenCase& c, const Outputs& got) {
    const double logits = max_difference(got.logits, c.expected.logits);
    const double router = max_difference(got.router, c.expected.router);
    const double entropy = max_difference(got.entropy, c.expected.entropy);
    std::printf("    largest difference: logits %.2e, router %.2e, entropy %.2e\n", logits, router, entropy);
    EXPECT_LE(logits, kTolerance);
    EXPECT_LE(router, kTolerance);
    EXPECT_LE(entropy, kTolerance);
    EXPECT_EQ(got.greedy, c.expected.greedy);
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, EqualsTheOracleInEveryForm) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel m = open_model(c.model);
    const Outputs first = run(m.view, {.window = c.stream_window()}, c.tokens, c.expected.greedy.size());
    expect_close(c, first);

    const OpenModel trit5 = open_model(c.model, Encoding::trit5);
    for (const ModelView* view : {&m.view, &trit5.view})
        for (const Kernels* k : available_kernels())
            for (const bool unpack : {false, true}) {
                const EngineOptions options{.window = c.stream_window(), .unpack = unpack, .kernels = k};
                const Outputs got = run(*view, options, c.tokens, c.expected.greedy.size());
                EXPECT_EQ(digest_of(got), digest_of(first)) << k->name << (unpack ? " unpacked" : " packed");
            }
}

TEST_P(Golden, ResetGivesTheSameBits) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel m = open_model(c.model);
    Running r(m.view, {.window = 8, .unpack = true, .kernels = &best_kernels()});
    const Outputs first = stream(r.engine, c.tokens, 4);
    r.engine.reset();
    EXPECT_EQ(r.engine.position(), 0u);
    EXPECT_EQ(r.engine.logits()[0], 0.0f);
    EXPECT_EQ(digest_of(stream(r.engine, c.tokens, 4)), digest_of(first));
}

TEST_P(Golden, ArenaIsExact) {
    const GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel m = open_model(c.model);
    for (const bool unpack : {false, true})
        for (const uint32_t window : {1u, 7u, 16u, 33u}) {
            const EngineOptions options{.window = window, .unpack = unpack};
            const std::size_t size = arena_bytes(m.view, options);
            cli::AlignedBuffer memory(size);
            Engine engine;
            EXPECT_TRUE(engine.init(m.view, options, memory.data(), size).ok());
            const Status less = engine.init(m.view, options, memory.data(), size - 1);
            EXPECT_EQ(less.code(), Code::arena_too_small);
            EXPECT_NE(less.message().find(std::to_string(size)), std::string_view::npos) << less.message();
            // A failed init leaves an engine that says so instead of one that runs on old memory.
            EXPECT_EQ(engine.step(0).code(), Code::bad_argument);
        }
}

TEST_P(Golden, VectorsOf16BitsAreTheirFloats) {
    GoldenCase c = load_golden(golden_path(GetParam()));
    const OpenModel floats = open_model(with_rounded_vectors(c.model));
    const uint64_t expected = digest_of(run(floats.view, {.window = c.stream_window()}, c.tokens, 4));
    c.model.config.vectors = Vectors::bf16;
    const OpenModel m = open_model(c.model, Encoding::trit5);
    EXPECT_EQ(arena_bytes(m.view, EngineOptions{.window = 8}), arena_bytes(floats.view, {.window = 8}));
    for (const Kernels* k : available_kernels())
        for (const bool unpack : {false, true}) {
            const EngineOptions options{.window = c.stream_window(), .unpack = unpack, .kernels = k};
            EXPECT_EQ(digest_of(run(m.view, options, c.tokens, 4)), expected) << k->name << unpack;
            const std::size_t size = arena_bytes(m.view, options);
            cli::AlignedBuffer memory(size);
            Engine engine;
            EXPECT_EQ(engine.init(m.view, options, memory.data(), size - 1).code(), Code::arena_too_small);
        }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(routed_cases()),
                         [](const auto& param) { return param.param; });

TEST(Engine, TheReferenceModelEqualsTheOracleInEveryForm) {
    ATOME_NEEDS_SHARED("reference/atome_944k.bin");
    const std::vector<uint8_t> bytes = bytes_of(shared_path("reference/atome_944k.bin"));
    LoadedModel loaded;
    ASSERT_TRUE(load_model(bytes.data(), bytes.size(), nullptr, &loaded).ok());
    const OpenModel m = open_coded(loaded.coded);
    for (const char* name : {"reference_944k", "reference_944k_window32"}) {
        const GoldenCase c = load_golden(shared_path("golden/" + std::string(name) + ".safetensors"));
        const EngineOptions plain{.window = c.stream_window()};
        const Outputs first = run(m.view, plain, c.tokens, c.expected.greedy.size());
        expect_close(c, first);
        for (const Kernels* k : available_kernels()) {
            const EngineOptions options{.window = c.stream_window(), .unpack = true, .kernels = k};
            EXPECT_EQ(digest_of(run(m.view, options, c.tokens, c.expected.greedy.size())), digest_of(first))
                << k->name;
        }
    }
}

TEST(Engine, AWindowHoldsTheLastPositionsOnly) {
    // With W = 1 attention returns the current value; with W >= T it is the full forward pass. In between,
    // a window holds exactly the last W positions: what lies further back must not matter to attention.
    const GoldenCase c = load_golden(golden_path("tiny_no_local_state"));
    const OpenModel m = open_model(c.model);
    for (const uint32_t window : {1u, 3u, 5u}) {
        // Only attention is on and values are kept per position, so one layer forgets all but W positions
        // and L layers all but L * (W - 1) + 1.
        const std::size_t reach = c.model.config.n_layers * (window - 1) + 1;
        std::vector<uint32_t> tail(c.tokens.end() - static_cast<long>(reach), c.tokens.end());
        Running full(m.view, {.window = window}), part(m.view, {.window = window});
        (void)stream(full.engine, c.tokens, 0);
        (void)stream(part.engine, tail, 0);
        for (uint32_t v = 0; v < c.model.config.vocab_size; v++)
            ASSERT_EQ(full.engine.logits()[v], part.engine.logits()[v])
                << "window " << window << ", logit " << v;
    }
}

TEST(Engine, ALargerWindowThanTheStreamChangesNothing) {
    const GoldenCase c = load_golden(golden_path("odd_ternary"));
    const OpenModel m = open_model(c.model);
    const uint32_t T = static_cast<uint32_t>(c.tokens.size());
    const uint64_t exact = digest_of(run(m.view, {.window = T}, c.tokens, 0));
    for (const uint32_t window : {T + 1, 2 * T, 1000u})
        EXPECT_EQ(digest_of(run(m.view, {.window = window}, c.tokens, 0)), exact) << window;
    EXPECT_NE(digest_of(run(m.view, {.window = 8}, c.tokens, 0)), exact);
}

TEST(Engine, RefusesBadArguments) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    const OpenModel m = open_model(c.model);
    const EngineOptions options{.window = 4};
    const std::size_t size = arena_bytes(m.view, options);
    cli::AlignedBuffer memory(size + 16);
    Engine engine;
    EXPECT_EQ(engine.step(0).code(), Code::bad_argument);
    EXPECT_EQ(engine.init(ModelView(), options, memory.data(), size).code(), Code::bad_argument);
    EXPECT_EQ(engine.init(m.view, options, memory.data() + 4, size).code(), Code::bad_alignment);
    EXPECT_EQ(engine.init(m.view, options, nullptr, size).code(), Code::arena_too_small);
    EXPECT_EQ(engine.init(m.view, {.window = 0}, memory.data(), size).code(), Code::bad_argument);
    EXPECT_EQ(engine.init(m.view, {.window = 65537}, memory.data(), size).code(), Code::bad_argument);

    ASSERT_TRUE(engine.init(m.view, options, memory.data(), size).ok());
    ASSERT_TRUE(engine.step(31).ok());
    const float before = engine.logits()[0];
    for (const uint32_t token : {32u, 255u, 256u, 0xFFFFFFFFu})
        EXPECT_EQ(engine.step(token).code(), Code::bad_argument) << token;
    // A refused token leaves the stream as it was.
    EXPECT_EQ(engine.position(), 1u);
    EXPECT_EQ(engine.logits()[0], before);
}

TEST(Engine, AnArenaOfMoreThan32BitsIsCountedAndRefused) {
    // A window of 65535 is beyond 2^32, too, with what the arena has besides.
    const OpenModel m = open_coded(blank_model(wide_config()));
    for (const uint32_t window : {65535u, 65536u}) {
        const EngineOptions options{.window = window};
        const uint64_t needed = arena_bytes(m.view, options);
        const uint64_t keys_and_values = uint64_t{4} * 16 * (uint64_t{1022} * 65536 + 2 * window);
        EXPECT_GT(needed, keys_and_values);
        EXPECT_LT(needed, keys_and_values + 1'000'000);
        cli::AlignedBuffer memory(4096);
        std::memset(memory.data(), 0xA5, memory.size());
        Engine engine;
        const Status status = engine.init(m.view, options, memory.data(), memory.size());
        EXPECT_EQ(status.code(), Code::arena_too_small);
        EXPECT_NE(status.message().find("it needs " + std::to_string(needed)), std::string_view::npos)
            << status.message();
        for (std::size_t i = 0; i < memory.size(); i++) ASSERT_EQ(memory.data()[i], 0xA5) << i;
    }
}

// How a model's numbers come to pass the largest float: what is enlarged, and by how much.
struct Overflow {
    const char* what;
    TensorKind kind;
    float factor;
    bool fails;  // false: large numbers cancel out before they reach a product
};

constexpr Overflow kOverflows[] = {
    {"the norm's gain", TensorKind::norm_gamma, 3e38f, true},
    {"the final norm's gain", TensorKind::final_gamma, 3e38f, true},
    {"queries", TensorKind::wq, 3e38f, true},
    {"values", TensorKind::wv, 3e38f, true},
    {"the router", TensorKind::router, 3e38f, true},
    {"the convolution", TensorKind::conv, 3e38f, true},
    {"the feed-forward's squares", TensorKind::ffn_up, 1e25f, true},
    {"the logits", TensorKind::unembed, 3e38f, true},
    {"the embedding", TensorKind::embed, 1e25f, false},
};

CodedModel enlarged(CodedModel model, TensorKind kind, float factor) {
    const auto enlarge = [factor](std::vector<float>& numbers) {
        for (float& x : numbers) x = std::fmin(std::fmax(x * factor, -3e38f), 3e38f);
    };
    for (uint32_t i = 0; i < model.tensors.size(); i++)
        if (tensor_spec(model.config, i).kind == kind) {
            enlarge(model.tensors[i].values);
            enlarge(model.tensors[i].scales);
        }
    return model;
}

// What a stream says at each position, its first failure included.
struct Said {
    std::vector<std::string> lines;
    Status failure;

    Said(Engine& engine, const std::vector<uint32_t>& tokens) {
        const Config& c = engine.config();
        for (const uint32_t token : tokens) {
            failure = engine.step(token);
            if (!failure.ok()) break;
            Digest d;
            d.add(engine.logits(), c.vocab_size);
            for (uint32_t l = 0; l < c.n_layers; l++) {
                d.add(engine.router(l), c.active_pathways());
                d.add(engine.entropy(l));
            }
            lines.push_back(std::to_string(d.value()));
        }
        lines.push_back(std::string(failure.message()));
    }
};

// Every form of the model and every kernel set must say the same, a failure too.
void expect_same_in_every_form(const CodedModel& model, const std::vector<uint32_t>& tokens, bool fails) {
    std::vector<std::string> first;
    for (const Encoding encoding : {Encoding::trit2, Encoding::trit5}) {
        const OpenModel m = open_coded(model, encoding);
        for (const Kernels* k : available_kernels())
            for (const bool unpack : {false, true}) {
                SCOPED_TRACE(std::string(k->name) + (unpack ? " unpacked" : " packed"));
                Running r(m.view, {.window = 8, .unpack = unpack, .kernels = k});
                const Said said(r.engine, tokens);
                if (first.empty()) first = said.lines;
                ASSERT_EQ(said.lines, first);
                ASSERT_EQ(said.failure.code(), fails ? Code::not_finite : Code::ok) << said.failure.message();
                if (!fails) continue;
                const uint64_t at = r.engine.position();
                ASSERT_EQ(at, said.lines.size() - 1);
                // The stream stays where it is until it is begun again.
                ASSERT_EQ(r.engine.step(tokens[0]).code(), Code::not_finite);
                ASSERT_EQ(r.engine.position(), at);
                r.engine.reset();
                ASSERT_EQ(Said(r.engine, tokens).lines, first);
            }
    }
}

TEST(Engine, ActivationsBeyondTheLargestFloatAreTheSameFailureInEveryForm) {
    for (const char* name : {"tiny_ffn_ternary", "tiny_ffn_int4", "tiny_ffn_power3_pr", "tiny_none"}) {
        const GoldenCase c = load_golden(golden_path(name));
        CodedModel good;
        ASSERT_TRUE(quantise(c.model, &good).ok());
        for (const Overflow& o : kOverflows) {
            if (o.kind == TensorKind::ffn_up && good.config.d_ff == 0) continue;
            SCOPED_TRACE(std::string(name) + ": " + o.what);
            expect_same_in_every_form(enlarged(good, o.kind, o.factor), c.tokens, o.fails);
        }
    }
}

TEST(Engine, DecaysAreTheSameHoweverLargeWhatTheyFollowFrom) {
    // Codes give sums of one sign or the other, and a decay of 0 or 1; float weights may give infinity -
    // infinity.
    for (const char* name : {"tiny_selective_ternary", "tiny_selective_int4", "tiny_selective_none"}) {
        const GoldenCase c = load_golden(golden_path(name));
        CodedModel good;
        ASSERT_TRUE(quantise(c.model, &good).ok());
        SCOPED_TRACE(name);
        expect_same_in_every_form(enlarged(good, TensorKind::state_wa, 3e38f), c.tokens,
                                  good.config.quantizer == Quantizer::none);
        expect_same_in_every_form(enlarged(good, TensorKind::state_a_raw, 3e38f), c.tokens, false);
    }
}

TEST(Engine, AMatrixOfFloatsMayStandBelowMatricesOfCodes) {
    GoldenCase c = load_golden(golden_path("tiny_selective_none"));
    for (uint32_t i = 0; i < c.model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(c.model.config, i);
        if (spec.row->role == TensorRole::matrix && spec.kind != TensorKind::state_wa)
            for (float& w : c.model.tensors[i]) w = w > 0 ? 0.25f : -0.25f;
    }
    const OpenModel m = open_model(c.model);
    EXPECT_NE(m.view.tensor(TensorKind::router, 0).encoding, Encoding::f32);
    const uint64_t packed = digest_of(run(m.view, {.window = 8}, c.tokens, 8));
    EXPECT_EQ(digest_of(run(m.view, {.window = 8, .unpack = true}, c.tokens, 8)), packed);
}

TEST(Engine, AStateThatGrowsBeyondTheLargestFloatEndsTheStream) {
    const GoldenCase c = load_golden(golden_path("tiny_ternary"));
    CodedModel model;
    ASSERT_TRUE(quantise(c.model, &model).ok());
    // tanh(20) is 1, so the state is the sum of its inputs: 100 * 1e36 at a position.
    const auto set = [&](TensorKind kind, float value) {
        for (float& x : model.tensors[tensor_index(model.config, kind, 0)].values) x = value;
    };
    set(TensorKind::norm_gamma, 0);
    set(TensorKind::norm_beta, 100);
    set(TensorKind::state_a_raw, 20);
    set(TensorKind::state_b, 1e36f);
    set(TensorKind::state_c_out, 1e-38f);
    expect_same_in_every_form(model, c.tokens, true);
    const OpenModel m = open_coded(model);
    Running r(m.view, {.window = 8});
    const Said said(r.engine, c.tokens);
    EXPECT_EQ(said.failure.message(),
              "the stream ends at position 3: its numbers pass the largest float, so the model's weights are "
              "too large");
}

TEST(Engine, RouterIsADistribution) {
    for (const std::string& name : routed_cases()) {
        const GoldenCase c = load_golden(golden_path(name));
        const OpenModel m = open_model(c.model);
        Running r(m.view, {.window = 16});
        const uint32_t P = c.model.config.active_pathways();
        for (const uint32_t token : c.tokens) {
            ASSERT_TRUE(r.engine.step(token).ok());
            for (uint32_t l = 0; l < c.model.config.n_layers; l++) {
                float sum = 0;
                for (uint32_t p = 0; p < P; p++) sum += r.engine.router(l)[p];
                EXPECT_NEAR(sum, 1.0f, 1e-6f) << name;
                EXPECT_GE(r.engine.entropy(l), -1e-6f) << name;
                EXPECT_LE(r.engine.entropy(l), std::log(static_cast<float>(P)) + 1e-6f) << name;
            }
        }
    }
}

}  // namespace
}  // namespace atome::test
