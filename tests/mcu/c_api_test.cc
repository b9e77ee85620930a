// The C API against the engine that it wraps.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "atome/infer/sampler.h"
#include "atome/infer/trace.h"
#include "atome/quant/coded_model.h"
#include "tests/infer/golden_case.h"
#include "tests/mcu/c_user.h"

namespace atome::test {
namespace {

constexpr uint32_t kWindow = 12;

class CApi : public ::testing::Test {
  protected:
    void SetUp() override {
        golden = load_golden(golden_path("tiny_ternary"));
        file = open_model(golden.model);
        ASSERT_EQ(atome_open(&model, file.bytes.data(), file.bytes.size(), &error), ATOME_OK) << error.text;
    }
    atome_engine* init(cli::AlignedBuffer& arena) {
        arena = cli::AlignedBuffer(atome_arena_size(&model, kWindow));
        std::memset(arena.data(), 0xA5, arena.size());
        return atome_init(&model, kWindow, arena.data(), arena.size(), &error);
    }

    GoldenCase golden;
    OpenModel file;
    atome_model model = {};
    atome_error error = {};
};

TEST_F(CApi, DescribesTheModel) {
    const atome_info info = atome_describe(&model);
    EXPECT_EQ(info.vocab_size, 32u);
    EXPECT_EQ(info.d_model, 16u);
    EXPECT_EQ(info.n_layers, 2u);
    EXPECT_EQ(info.d_head, 8u);
    EXPECT_EQ(info.top_k, 4u);
    EXPECT_EQ(info.kernel_size, 5u);
    EXPECT_EQ(info.d_ff, 0u);
    EXPECT_EQ(info.n_pathways, 3u);
    EXPECT_EQ(info.disabled, 0u);
}

TEST_F(CApi, ReportsBadBlobs) {
    atome_model other;
    EXPECT_EQ(atome_open(&other, nullptr, 0, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_open(nullptr, file.bytes.data(), file.bytes.size(), &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_open(&other, file.bytes.data(), file.bytes.size() - 1, &error), ATOME_BAD_FILE);
    EXPECT_NE(std::string(error.text).find("byte 16"), std::string::npos) << error.text;
    EXPECT_EQ(atome_open(&other, file.bytes.data() + 1, 64, &error), ATOME_BAD_ALIGNMENT);
    EXPECT_EQ(atome_arena_size(&other, kWindow), 0u);
    EXPECT_EQ(atome_open(&other, file.bytes.data(), 10, nullptr), ATOME_BAD_FILE);
}

TEST_F(CApi, TheArenaIsExact) {
    const std::size_t size = atome_arena_size(&model, kWindow);
    cli::AlignedBuffer arena(size + 16);
    EXPECT_EQ(atome_init(&model, kWindow, arena.data(), size - 1, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_ARENA_TOO_SMALL);
    EXPECT_NE(std::string(error.text).find("it needs " + std::to_string(size)), std::string::npos)
        << error.text;
    EXPECT_EQ(atome_init(&model, kWindow, nullptr, size, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_ARENA_TOO_SMALL);
    EXPECT_EQ(atome_init(&model, kWindow, arena.data() + 8, size, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_BAD_ALIGNMENT);
    EXPECT_NE(atome_init(&model, kWindow, arena.data(), size, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_OK);
    EXPECT_STREQ(error.text, "");
}

TEST_F(CApi, ReportsBadArguments) {
    cli::AlignedBuffer arena;
    EXPECT_EQ(atome_arena_size(&model, 0), 0u);
    EXPECT_EQ(atome_arena_size(&model, 65537), 0u);
    EXPECT_EQ(atome_arena_size(nullptr, 8), 0u);
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    for (const uint32_t window : {0u, 65537u}) {
        cli::AlignedBuffer other(64);
        EXPECT_EQ(atome_init(&model, window, other.data(), other.size(), &error), nullptr);
        EXPECT_EQ(error.code, ATOME_BAD_ARGUMENT) << error.text;
    }
    EXPECT_EQ(atome_step(engine, 32, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_step(nullptr, 1, &error), ATOME_BAD_ARGUMENT);
    uint8_t out[4];
    const uint8_t foreign[] = {3, 200};
    EXPECT_EQ(atome_generate_bytes(engine, foreign, 2, out, 4, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_NE(std::string(error.text).find("200 at offset 1"), std::string::npos) << error.text;
    EXPECT_EQ(atome_position(engine), 0u) << "a bad prompt is not begun";
    const atome_sampling hot = {1000, 0, 1, 0};
    EXPECT_EQ(atome_generate_bytes(engine, foreign, 1, out, 4, &hot, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_generate_bytes(engine, foreign, 1, nullptr, 4, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_generate(engine, foreign, 1, 4, nullptr, nullptr, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_router(engine, 2), nullptr);
}

TEST_F(CApi, NullIsSafeEverywhere) {
    const atome_info nothing = atome_describe(nullptr);
    const atome_info zeros = {};
    EXPECT_EQ(std::memcmp(&nothing, &zeros, sizeof zeros), 0);
    EXPECT_EQ(atome_arena_size(nullptr, kWindow), 0u);
    EXPECT_EQ(atome_init(nullptr, kWindow, nullptr, 0, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_BAD_ARGUMENT);
    atome_reset(nullptr);
    EXPECT_EQ(atome_logits(nullptr), nullptr);
    EXPECT_EQ(atome_router(nullptr, 0), nullptr);
    EXPECT_EQ(atome_entropy(nullptr, 0), 0.0f);
    EXPECT_EQ(atome_position(nullptr), 0u);
    EXPECT_EQ(atome_step(nullptr, 0, nullptr), ATOME_BAD_ARGUMENT);
    uint8_t out[1];
    EXPECT_EQ(atome_generate_bytes(nullptr, nullptr, 0, out, 1, nullptr, nullptr), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_self_test(nullptr, nullptr, 0, 0, nullptr, nullptr), ATOME_BAD_ARGUMENT);

    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    EXPECT_EQ(atome_self_test(engine, nullptr, 1, 0, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no prompt: a size of 1 needs its bytes");
}

TEST_F(CApi, AModelThatDidNotOpenIsNone) {
    atome_model other;
    ASSERT_EQ(atome_open(&other, file.bytes.data(), file.bytes.size() - 1, nullptr), ATOME_BAD_FILE);
    const atome_info nothing = atome_describe(&other);
    const atome_info zeros = {};
    EXPECT_EQ(std::memcmp(&nothing, &zeros, sizeof zeros), 0);
    cli::AlignedBuffer arena(4096);
    EXPECT_EQ(atome_init(&other, kWindow, arena.data(), arena.size(), &error), nullptr);
    EXPECT_EQ(error.code, ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no model: atome_open failed or was not called");
}

// The arena's size is the sum of two, which must not wrap around: on the chips mcu/images/limits_main.cc
// sees to windows whose keys and values alone take more than 32 bits can count.
TEST_F(CApi, AnArenaThatPassesEverySizeIsRefused) {
    const std::size_t size = atome_arena_size(&model, 65536);
    EXPECT_GT(size, 65536u * 4 * 2 * (16 + 8));
    cli::AlignedBuffer arena(4096);
    EXPECT_EQ(atome_init(&model, 65536, arena.data(), arena.size(), &error), nullptr);
    EXPECT_EQ(error.code, ATOME_ARENA_TOO_SMALL);
    EXPECT_EQ(std::string(error.text), "the arena has 4096 bytes: it needs " + std::to_string(size));
}

TEST_F(CApi, ActivationsBeyondTheLargestFloatAreAnError) {
    CodedModel large;
    ASSERT_TRUE(quantise(golden.model, &large).ok());
    large.tensors.back().scales[0] = 3e38f;  // unembed
    const OpenModel m = open_coded(large);
    ASSERT_EQ(atome_open(&model, m.bytes.data(), m.bytes.size(), &error), ATOME_OK) << error.text;
    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    const uint8_t prompt[] = {1, 2, 3};
    uint8_t out[4];
    EXPECT_EQ(atome_generate_bytes(engine, prompt, 3, out, 4, nullptr, &error), ATOME_NOT_FINITE);
    EXPECT_NE(std::string(error.text).find("position 0"), std::string::npos) << error.text;
    EXPECT_EQ(atome_step(engine, 1, &error), ATOME_NOT_FINITE);
    EXPECT_EQ(atome_position(engine), 0u);
    atome_reset(engine);
    EXPECT_EQ(atome_generate_bytes(engine, nullptr, 0, out, 4, nullptr, &error), ATOME_NOT_FINITE);
    EXPECT_EQ(atome_self_test(engine, prompt, 3, 0, nullptr, &error), ATOME_NOT_FINITE);
}

TEST_F(CApi, StepsAreTheEngines) {
    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    const EngineOptions options{.window = kWindow};
    cli::AlignedBuffer memory(arena_bytes(file.view, options));
    Engine expected;
    ASSERT_TRUE(expected.init(file.view, options, memory.data(), memory.size()).ok());
    for (const uint32_t token : golden.tokens) {
        ASSERT_EQ(atome_step(engine, token, nullptr), ATOME_OK);
        ASSERT_TRUE(expected.step(token).ok());
        ASSERT_EQ(std::memcmp(atome_logits(engine), expected.logits(), 32 * sizeof(float)), 0);
        for (uint32_t l = 0; l < 2; l++) {
            ASSERT_EQ(std::memcmp(atome_router(engine, l), expected.router(l), 3 * sizeof(float)), 0);
            ASSERT_EQ(atome_entropy(engine, l), expected.entropy(l));
        }
    }
    EXPECT_EQ(atome_position(engine), golden.tokens.size());
    atome_reset(engine);
    EXPECT_EQ(atome_position(engine), 0u);
}

TEST_F(CApi, GeneratesWhatEngineAndSamplerGenerate) {
    for (const atome_sampling s :
         {atome_sampling{0, 0, 1, 0}, atome_sampling{0.8f, 0, 0.9f, 7}, atome_sampling{1.5f, 5, 1, 3}}) {
        cli::AlignedBuffer arena;
        atome_engine* engine = init(arena);
        ASSERT_TRUE(engine);
        const uint8_t prompt[] = {1, 2, 3};
        uint8_t out[64];
        ASSERT_EQ(atome_generate_bytes(engine, prompt, sizeof prompt, out, sizeof out, &s, &error), ATOME_OK);

        const EngineOptions options{.window = kWindow};
        cli::AlignedBuffer memory(arena_bytes(file.view, options));
        Engine expected;
        ASSERT_TRUE(expected.init(file.view, options, memory.data(), memory.size()).ok());
        for (const uint8_t token : prompt) ASSERT_TRUE(expected.step(token).ok());
        Sampler sampler({s.temperature, s.top_k, s.top_p, s.seed});
        for (const uint8_t byte : out) {
            ASSERT_EQ(byte, sampler.sample(expected.logits(), 32));
            ASSERT_TRUE(expected.step(byte).ok());
        }
        EXPECT_EQ(atome_position(engine), sizeof prompt + sizeof out);
    }
}

TEST_F(CApi, SelfTestPassesAndFails) {
    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    const EngineOptions options{.window = kWindow};
    cli::AlignedBuffer memory(arena_bytes(file.view, options));
    Engine expected;
    ASSERT_TRUE(expected.init(file.view, options, memory.data(), memory.size()).ok());
    Digest digest;
    std::string prompt;
    for (const uint32_t token : golden.tokens) {
        prompt += static_cast<char>(token);
        ASSERT_TRUE(expected.step(token).ok());
        add_step(digest, expected);
    }
    const auto* bytes = reinterpret_cast<const uint8_t*>(prompt.data());
    uint64_t got = 0;
    EXPECT_EQ(atome_self_test(engine, bytes, prompt.size(), digest.value(), &got, &error), ATOME_OK)
        << error.text;
    EXPECT_EQ(got, digest.value());
    EXPECT_EQ(atome_position(engine), 0u);
    EXPECT_EQ(atome_self_test(engine, bytes, prompt.size() - 1, digest.value(), nullptr, &error),
              ATOME_WRONG_DIGEST);
    EXPECT_EQ(atome_self_test(engine, bytes, prompt.size(), digest.value() + 1, nullptr, nullptr),
              ATOME_WRONG_DIGEST);
    const uint8_t foreign[] = {99};
    EXPECT_EQ(atome_self_test(engine, foreign, 1, 0, nullptr, &error), ATOME_BAD_ARGUMENT);
}

TEST_F(CApi, ManyStreamsRunSideBySide) {
    cli::AlignedBuffer first_arena, second_arena;
    atome_engine *first = init(first_arena), *second = init(second_arena);
    ASSERT_TRUE(first && second);
    for (const uint32_t token : golden.tokens) ASSERT_EQ(atome_step(first, token, nullptr), ATOME_OK);
    for (const uint32_t token : golden.tokens) ASSERT_EQ(atome_step(second, token, nullptr), ATOME_OK);
    EXPECT_EQ(std::memcmp(atome_logits(first), atome_logits(second), 32 * sizeof(float)), 0);
}

TEST_F(CApi, WorksFromC) {
    cli::AlignedBuffer arena(atome_arena_size(&model, 8));
    EXPECT_EQ(c_generate(file.bytes.data(), file.bytes.size(), arena.data(), arena.size(), 0), 20u);
    EXPECT_EQ(c_generate(file.bytes.data(), file.bytes.size(), arena.data(), arena.size(), 5), 5u);
    EXPECT_EQ(c_generate(file.bytes.data(), file.bytes.size(), arena.data(), arena.size() - 1, 5), 0u);
}

}  // namespace
}  // namespace atome::test
