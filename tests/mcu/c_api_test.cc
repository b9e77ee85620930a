// The C API against the engine that it wraps.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "atome/infer/sampler.h"
#include "atome/infer/stream.h"
#include "atome/infer/trace.h"
#include "atome/quant/coded_model.h"
#include "tests/fixed_plan.h"
#include "tests/infer/golden_case.h"
#include "tests/mcu/c_user.h"
#include "tests/pairs_model.h"
#include "tests/reseal.h"

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
    EXPECT_EQ(info.pairs, 0u);
    EXPECT_EQ(info.n_tokens, 32u);
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
    EXPECT_EQ(atome_uncertainty(nullptr), 0.0f);
    EXPECT_EQ(atome_step(nullptr, 0, nullptr), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_advance(nullptr, 0, nullptr), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_predict(nullptr, nullptr), ATOME_BAD_ARGUMENT);
    uint8_t out[16] = {};
    EXPECT_EQ(atome_token_text(nullptr, 1, out), 0u);
    EXPECT_EQ(atome_encode(nullptr, out, 1, out, sizeof out), 0u);
    EXPECT_EQ(atome_read(nullptr, out, 1, out, sizeof out, nullptr), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_token_text(&model, 1, nullptr), 0u);
    EXPECT_EQ(atome_encode(&model, nullptr, 1, out, sizeof out), 0u);
    EXPECT_EQ(atome_encode(&model, out, 1, nullptr, 16), 0u);
    EXPECT_EQ(atome_generate_bytes(nullptr, nullptr, 0, out, 1, nullptr, nullptr), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_self_test(nullptr, nullptr, 0, 0, nullptr, nullptr), ATOME_BAD_ARGUMENT);

    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    EXPECT_EQ(atome_self_test(engine, nullptr, 1, 0, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no prompt: a size of 1 needs its bytes");
    EXPECT_EQ(atome_generate_bytes(engine, nullptr, 1, out, 1, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no prompt: a size of 1 needs its bytes");
    EXPECT_EQ(atome_generate(engine, out, 1, 1, nullptr, nullptr, nullptr, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no sink: the text needs one");
    EXPECT_EQ(atome_read(engine, nullptr, 1, out, sizeof out, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "no text: a size of 1 needs its bytes");
    EXPECT_EQ(atome_read(engine, nullptr, 0, nullptr, 0, &error), ATOME_OK) << error.text;
    EXPECT_EQ(atome_position(engine), 0u);
}

TEST_F(CApi, AModelThatDidNotOpenIsNone) {
    atome_model other;
    ASSERT_EQ(atome_open(&other, file.bytes.data(), file.bytes.size() - 1, nullptr), ATOME_BAD_FILE);
    const atome_info nothing = atome_describe(&other);
    const atome_info zeros = {};
    EXPECT_EQ(std::memcmp(&nothing, &zeros, sizeof zeros), 0);
    uint8_t out[16] = {1};
    EXPECT_EQ(atome_token_text(&other, 1, out), 0u);
    EXPECT_EQ(atome_encode(&other, out, 1, out, sizeof out), 0u);
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

TEST_F(CApi, AStepInTwoPartsHasItsBits) {
    cli::AlignedBuffer arena, other_arena;
    atome_engine* whole = init(arena);
    atome_engine* parts = init(other_arena);
    ASSERT_TRUE(whole && parts);
    EXPECT_EQ(atome_predict(parts, &error), ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "there is no token yet to predict from");
    EXPECT_EQ(atome_advance(parts, 32, &error), ATOME_BAD_ARGUMENT);
    for (std::size_t t = 0; t < golden.tokens.size(); t++) {
        ASSERT_EQ(atome_step(whole, golden.tokens[t], &error), ATOME_OK);
        ASSERT_EQ(atome_advance(parts, golden.tokens[t], &error), ATOME_OK);
        EXPECT_EQ(atome_position(parts), t + 1);
        for (uint32_t l = 0; l < 2; l++) ASSERT_EQ(atome_entropy(parts, l), atome_entropy(whole, l));
        EXPECT_EQ(atome_uncertainty(parts), atome_uncertainty(whole));
        EXPECT_FLOAT_EQ(atome_uncertainty(parts), atome_entropy(parts, 1) / std::log(3.0f));
        if (t % 3 == 0) continue;
        ASSERT_EQ(atome_predict(parts, &error), ATOME_OK);
        ASSERT_EQ(std::memcmp(atome_logits(parts), atome_logits(whole), 32 * sizeof(float)), 0) << t;
    }
    atome_reset(parts);
    EXPECT_EQ(atome_predict(parts, &error), ATOME_BAD_ARGUMENT);
}

// The texts of every limit are beginnings of the text without one, as long as the tokens that were sure; and
// who goes on gets the rest.
void generates_while_sure(const atome_model& model, const std::string& prompt, FloatStream& stream,
                          atome_engine* engine) {
    constexpr std::size_t kMost = 80;
    const auto* bytes = reinterpret_cast<const uint8_t*>(prompt.data());
    const auto take = [](void* context, uint8_t byte) {
        *static_cast<std::string*>(context) += static_cast<char>(byte);
        return 0;
    };
    std::vector<uint8_t> scratch(TextWriter::room_for(prompt.size()));
    uint32_t stopped_within = 0;
    for (const float limit : {0.0f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 0.95f, 0.98f, 1.0f}) {
        stream.reset();
        ASSERT_TRUE(stream.read(bytes, prompt.size(), scratch.data()).ok());
        ASSERT_TRUE(stream.begin().ok());
        std::string expected, text, rest;
        bool unsure = false;
        std::size_t sure = 0;
        while (expected.size() < kMost) {
            unsure = unsure || stream.unsure(limit);
            const Piece piece = stream.choose();
            const auto shown =
                static_cast<uint32_t>(std::min<std::size_t>(piece.size, kMost - expected.size()));
            expected.append(piece.text, piece.text + shown);
            if (!unsure) sure = expected.size();
            ASSERT_TRUE(stream.accept(piece, shown).ok());
        }
        atome_reset(engine);
        atome_error error;
        EXPECT_EQ(atome_generate_while_sure(engine, bytes, prompt.size(), kMost, nullptr, limit, take, &text,
                                            &error),
                  unsure ? ATOME_UNSURE : ATOME_OK)
            << error.text;
        EXPECT_EQ(text, expected.substr(0, sure)) << limit;
        if (unsure) {
            EXPECT_GT(atome_uncertainty(engine), limit);
        }
        ASSERT_EQ(atome_generate(engine, nullptr, 0, kMost - sure, nullptr, take, &rest, &error), ATOME_OK);
        EXPECT_EQ(text + rest, expected);
        stopped_within += unsure && sure > 0;
    }
    EXPECT_GT(stopped_within, 0u) << atome_describe(&model).vocab_size;
}

TEST_F(CApi, GeneratesWhileSure) {
    cli::AlignedBuffer arena, memory(stream_bytes(file.view, EngineOptions{.window = kWindow}));
    atome_engine* engine = init(arena);
    FloatStream* stream = nullptr;
    ASSERT_TRUE(
        FloatStream::create(file.view, {.window = kWindow}, memory.data(), memory.size(), &stream).ok());
    generates_while_sure(model, "\1\2\3", *stream, engine);
    const auto take = [](void*, uint8_t) { return 0; };
    for (const float limit : {-0.1f, 1.1f, std::nanf("")})
        EXPECT_EQ(atome_generate_while_sure(engine, nullptr, 0, 4, nullptr, limit, take, nullptr, &error),
                  ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "limit is out of range: use 0..1");
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

TEST_F(CApi, TokensOfAModelOfBytesAreBytes) {
    uint8_t out[16] = {};
    EXPECT_EQ(atome_token_text(&model, 31, out), 1u);
    EXPECT_EQ(out[0], 31);
    EXPECT_EQ(atome_token_text(&model, 32, out), 0u);
    const uint8_t text[] = {3, 0, 31}, foreign[] = {3, 32};
    EXPECT_EQ(atome_encode(&model, text, 3, out, 6), 3u);
    EXPECT_EQ(std::memcmp(out, text, 3), 0);
    EXPECT_EQ(atome_encode(&model, text, 3, out, 5), 0u);
    EXPECT_EQ(atome_encode(&model, foreign, 2, out, 16), 0u);

    // Reading is stepping; neither scratch nor a limit.
    cli::AlignedBuffer first_arena, second_arena;
    atome_engine *first = init(first_arena), *second = init(second_arena);
    const std::vector<uint8_t> tokens(golden.tokens.begin(), golden.tokens.end());
    ASSERT_EQ(atome_read(first, tokens.data(), tokens.size(), nullptr, 0, &error), ATOME_OK) << error.text;
    for (const uint8_t token : tokens) ASSERT_EQ(atome_step(second, token, nullptr), ATOME_OK);
    EXPECT_EQ(atome_position(first), tokens.size());
    EXPECT_EQ(std::memcmp(atome_logits(first), atome_logits(second), 32 * sizeof(float)), 0);
    const std::vector<uint8_t> more(300, 7);
    uint8_t a[8], b[8];
    ASSERT_EQ(atome_generate_bytes(first, more.data(), more.size(), a, 8, nullptr, &error), ATOME_OK);
    for (const uint8_t token : more) ASSERT_EQ(atome_step(second, token, nullptr), ATOME_OK);
    ASSERT_EQ(atome_generate_bytes(second, nullptr, 0, b, 8, nullptr, &error), ATOME_OK);
    EXPECT_EQ(std::memcmp(a, b, 8), 0);
    EXPECT_EQ(atome_read(first, foreign, 2, nullptr, 0, &error), ATOME_BAD_ARGUMENT);
}

// A model with a vocabulary, and the plan of the fixed engine.
class CApiOfPairs : public ::testing::Test {
  protected:
    void SetUp() override {
        CodedModel coded;
        ASSERT_TRUE(quantise(pairs_model(small_pairs_config()), &coded).ok());
        std::vector<uint8_t> tokens;
        for (uint32_t i = 0; i < 300; i++) tokens.push_back(static_cast<uint8_t>(i * 37 % 251));
        ASSERT_TRUE(plan_of(coded, tokens, kWindow, &coded.fixed_plan).ok());
        file = open_coded(coded);
        ASSERT_EQ(atome_open(&model, file.bytes.data(), file.bytes.size(), &error), ATOME_OK) << error.text;
    }
    atome_engine* init(cli::AlignedBuffer& arena, bool fixed = false) {
        arena = cli::AlignedBuffer((fixed ? atome_fixed_arena_size : atome_arena_size)(&model, kWindow));
        return (fixed ? atome_init_fixed : atome_init)(&model, kWindow, arena.data(), arena.size(), &error);
    }
    // The core's.
    template <class E = Engine>
    StreamOf<E>* stream(cli::AlignedBuffer& arena, const atome_sampling& s) {
        typename E::Options options;
        options.window = kWindow;
        arena = cli::AlignedBuffer(stream_bytes(file.view, options));
        StreamOf<E>* out = nullptr;
        EXPECT_TRUE(StreamOf<E>::create(file.view, options, arena.data(), arena.size(), &out).ok());
        EXPECT_TRUE(out->sampling({s.temperature, s.top_k, s.top_p, s.seed}).ok());
        return out;
    }
    static std::string written(Stream* s, std::size_t n) {
        EXPECT_TRUE(s->begin().ok());
        std::string text;
        while (text.size() < n) {
            const Piece piece = s->choose();
            const auto shown = static_cast<uint32_t>(std::min<std::size_t>(piece.size, n - text.size()));
            text.append(piece.text, piece.text + shown);
            EXPECT_TRUE(s->accept(piece, shown).ok());
        }
        return text;
    }
    static const uint8_t* bytes(const std::string& text) {
        return reinterpret_cast<const uint8_t*>(text.data());
    }

    OpenModel file;
    atome_model model = {};
    atome_error error = {};
    // Ends within a token, and has bytes that are none.
    const std::string prompt = "Zo\xc3\xab {7} There once was a happy squirrel na";
};

TEST_F(CApiOfPairs, SaysWhatTokensStandFor) {
    const Vocabulary& v = file.view.vocabulary();
    const atome_info info = atome_describe(&model);
    EXPECT_EQ(info.vocab_size, 256u);
    EXPECT_EQ(info.pairs, 1u);
    EXPECT_EQ(info.n_tokens, v.tokens());
    std::string all;
    for (uint32_t token = 0; token < 300; token++) {
        uint8_t got[16], expected[Vocabulary::kMostBytes];
        const uint32_t n = atome_token_text(&model, token, got);
        ASSERT_EQ(n, v.text(token, expected)) << token;
        ASSERT_EQ(std::memcmp(got, expected, n), 0) << token;
        all.append(got, got + n);
    }
    uint8_t from_c[4096];
    ASSERT_EQ(c_all_tokens(&model, from_c), all.size());
    EXPECT_EQ(std::memcmp(from_c, all.data(), all.size()), 0);
}

TEST_F(CApiOfPairs, EncodesWholeTexts) {
    std::vector<uint8_t> expected(2 * prompt.size()), got(2 * prompt.size());
    expected.resize(file.view.vocabulary().encode(bytes(prompt), prompt.size(), expected.data()));
    ASSERT_EQ(atome_encode(&model, bytes(prompt), prompt.size(), got.data(), got.size()), expected.size());
    EXPECT_LT(expected.size(), prompt.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), got.begin()));
    EXPECT_EQ(atome_encode(&model, bytes(prompt), prompt.size(), got.data(), got.size() - 1), 0u);
    EXPECT_EQ(atome_encode(&model, bytes(prompt), SIZE_MAX, got.data(), got.size()), 0u);
    // In place: the text at the end of the room.
    std::memcpy(&got[prompt.size()], prompt.data(), prompt.size());
    ASSERT_EQ(atome_encode(&model, &got[prompt.size()], prompt.size(), got.data(), got.size()),
              expected.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), got.begin()));
}

TEST_F(CApiOfPairs, GeneratesWhatStreamsWrite) {
    for (const atome_sampling s :
         {atome_sampling{0, 0, 1, 0}, atome_sampling{0.8f, 0, 0.9f, 7}, atome_sampling{1.5f, 50, 1, 3}})
        for (const std::size_t n : {0u, 1u, 2u, 3u, 50u, 101u, 1000u, 1003u, 1101u}) {
            const bool fixed = n >= 1000;
            cli::AlignedBuffer arena, expected_arena;
            atome_engine* engine = init(arena, fixed);
            ASSERT_TRUE(engine);
            Stream* expected = fixed ? static_cast<Stream*>(stream<FixedEngine>(expected_arena, s))
                                     : static_cast<Stream*>(stream(expected_arena, s));
            std::vector<uint8_t> scratch(TextWriter::room_for(prompt.size()));
            ASSERT_TRUE(expected->read(bytes(prompt), prompt.size(), scratch.data()).ok());
            const std::string text = written(expected, n);
            std::string got(n, ' ');
            ASSERT_EQ(atome_generate_bytes(engine, bytes(prompt), prompt.size(),
                                           reinterpret_cast<uint8_t*>(got.data()), n, &s, &error),
                      ATOME_OK)
                << error.text;
            EXPECT_EQ(got, text);
            EXPECT_EQ(atome_position(engine), expected->position());
            // It goes on, also from within a token.
            ASSERT_TRUE(expected->sampling({s.temperature, s.top_k, s.top_p, 9}).ok());
            atome_sampling next = s;
            next.seed = 9;
            const std::string more = written(expected, 20);
            got.assign(20, ' ');
            ASSERT_EQ(atome_generate_bytes(engine, nullptr, 0, reinterpret_cast<uint8_t*>(got.data()), 20,
                                           &next, &error),
                      ATOME_OK);
            EXPECT_EQ(got, more);
        }
}

TEST_F(CApiOfPairs, TheFixedEngineSaysItsNumbers) {
    cli::AlignedBuffer arena, expected_arena;
    atome_engine* engine = init(arena, true);
    ASSERT_TRUE(engine) << error.text;
    FixedEngine& expected = stream<FixedEngine>(expected_arena, {0, 0, 1, 0})->engine();
    for (uint32_t token = 0; token < 20; token++) {
        ASSERT_EQ(atome_step(engine, token, &error), ATOME_OK);
        ASSERT_TRUE(expected.step(token).ok());
        EXPECT_EQ(std::memcmp(atome_fixed_logits(engine), expected.logits(), 2 * 256), 0);
        EXPECT_EQ(std::memcmp(atome_fixed_router(engine, 1), expected.router(1), 2 * 3), 0);
        EXPECT_EQ(atome_entropy(engine, 1), expected.entropy(1) / 32768.0f);
        EXPECT_NEAR(atome_uncertainty(engine), expected.entropy(1) / 32768.0 / std::log(3.0), 1e-6);
    }
    EXPECT_EQ(atome_logits(engine), nullptr);
    EXPECT_EQ(atome_router(engine, 0), nullptr);
    EXPECT_EQ(atome_fixed_router(engine, 2), nullptr);
    cli::AlignedBuffer other;
    EXPECT_EQ(atome_fixed_logits(init(other)), nullptr) << "the float engine has none";
    // Exactly the reported bytes, less than those of the float engine.
    const size_t needed = atome_fixed_arena_size(&model, kWindow);
    EXPECT_LT(needed, atome_arena_size(&model, kWindow));
    EXPECT_EQ(atome_init_fixed(&model, kWindow, arena.data(), needed - 1, &error), nullptr);
    EXPECT_EQ(error.code, ATOME_ARENA_TOO_SMALL);
    EXPECT_EQ(atome_fixed_arena_size(&model, 0), 0u);
    EXPECT_EQ(atome_fixed_arena_size(nullptr, 5), 0u);
    EXPECT_EQ(atome_init_fixed(nullptr, 5, arena.data(), arena.size(), &error), nullptr);
}

TEST_F(CApiOfPairs, TheFixedEngineTestsItself) {
    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena, true);
    uint64_t digest = 0;
    EXPECT_EQ(atome_self_test(engine, bytes("Once upon"), 9, 1, &digest, &error), ATOME_WRONG_DIGEST);
    EXPECT_EQ(atome_self_test(engine, bytes("Once upon"), 9, digest, nullptr, &error), ATOME_OK);
    cli::AlignedBuffer other;
    EXPECT_EQ(atome_self_test(init(other), bytes("Once upon"), 9, digest, nullptr, &error),
              ATOME_WRONG_DIGEST)
        << "of the other engine";
}

TEST_F(CApi, ModelsWithoutAPlanHaveNoFixedEngine) {
    cli::AlignedBuffer arena(100'000);
    EXPECT_EQ(atome_init_fixed(&model, kWindow, arena.data(), arena.size(), &error), nullptr);
    EXPECT_EQ(error.code, ATOME_BAD_FILE);
    EXPECT_NE(std::string(error.text).find("--engine fixed"), std::string::npos);
}

TEST_F(CApiOfPairs, GeneratesWhileSure) {
    cli::AlignedBuffer arena, memory;
    atome_engine* engine = init(arena);
    generates_while_sure(model, prompt, *stream(memory, {0, 0, 1, 0}), engine);
}

TEST_F(CApiOfPairs, TheSinkStopsWithinAToken) {
    cli::AlignedBuffer arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    std::string whole(60, ' ');
    ASSERT_EQ(atome_generate_bytes(engine, nullptr, 0, reinterpret_cast<uint8_t*>(whole.data()), 60, nullptr,
                                   &error),
              ATOME_OK);
    struct Sink {
        std::string text;
        std::size_t most;
        static int put(void* context, uint8_t byte) {
            auto* s = static_cast<Sink*>(context);
            s->text += static_cast<char>(byte);
            return s->text.size() == s->most;
        }
    };
    // Greedy text in pieces of any length is the text in one go.
    for (const std::size_t most : {1u, 2u, 3u, 7u}) {
        atome_reset(engine);
        std::string text;
        while (text.size() < whole.size()) {
            Sink sink{"", std::min(most, whole.size() - text.size())};
            ASSERT_EQ(atome_generate(engine, nullptr, 0, 1000, nullptr, Sink::put, &sink, &error),
                      ATOME_STOPPED);
            text += sink.text;
        }
        EXPECT_EQ(text, whole) << most;
    }
}

TEST_F(CApiOfPairs, ResetForgetsWhatIsHeldBack) {
    cli::AlignedBuffer arena, other_arena;
    atome_engine *engine = init(arena), *fresh = init(other_arena);
    ASSERT_TRUE(engine && fresh);
    uint8_t scratch[ATOME_READ_SCRATCH(100)], a[30], b[30];
    ASSERT_EQ(atome_generate_bytes(fresh, nullptr, 0, b, 30, nullptr, &error), ATOME_OK);
    ASSERT_EQ(atome_read(engine, bytes(prompt), prompt.size(), scratch, sizeof scratch, &error), ATOME_OK);
    atome_reset(engine);
    ASSERT_EQ(atome_generate_bytes(engine, nullptr, 0, a, 30, nullptr, &error), ATOME_OK);
    EXPECT_EQ(std::memcmp(a, b, 30), 0);
    // So does a self-test.
    ASSERT_EQ(atome_read(engine, bytes(prompt), prompt.size(), scratch, sizeof scratch, &error), ATOME_OK);
    EXPECT_EQ(atome_self_test(engine, bytes(prompt), prompt.size(), 0, nullptr, &error), ATOME_WRONG_DIGEST);
    ASSERT_EQ(atome_generate_bytes(engine, nullptr, 0, a, 30, nullptr, &error), ATOME_OK);
    EXPECT_EQ(std::memcmp(a, b, 30), 0);
}

TEST_F(CApiOfPairs, LongPromptsAreRead) {
    cli::AlignedBuffer arena, expected_arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    const std::string text = corpus::write_stories(2'000, 1).substr(0, 150);
    uint8_t out[40];
    EXPECT_EQ(atome_generate_bytes(engine, bytes(text), ATOME_PROMPT_MOST + 1, out, 40, nullptr, &error),
              ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "a prompt of 97 bytes: use at most 96, or atome_read");
    EXPECT_EQ(atome_position(engine), 0u);
    EXPECT_EQ(atome_generate_bytes(engine, bytes(text), ATOME_PROMPT_MOST, out, 40, nullptr, &error),
              ATOME_OK);
    atome_reset(engine);

    std::vector<uint8_t> scratch(ATOME_READ_SCRATCH(text.size()));
    EXPECT_EQ(atome_read(engine, bytes(text), text.size(), scratch.data(), scratch.size() - 1, &error),
              ATOME_BAD_ARGUMENT);
    EXPECT_STREQ(error.text, "scratch has 331 bytes: a text of 150 bytes needs 332");
    for (const std::size_t size : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 - 15, SIZE_MAX - 15})
        EXPECT_EQ(atome_read(engine, bytes(text), size, scratch.data(), scratch.size(), &error),
                  ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_read(engine, bytes(text), 4, nullptr, 400, &error), ATOME_BAD_ARGUMENT);
    EXPECT_EQ(atome_position(engine), 0u) << "what is refused is not begun";
    ASSERT_EQ(atome_read(engine, bytes(text), text.size(), scratch.data(), scratch.size(), &error), ATOME_OK);
    ASSERT_EQ(atome_generate_bytes(engine, nullptr, 0, out, 40, nullptr, &error), ATOME_OK);
    FloatStream* expected = stream(expected_arena, {0, 0, 1, 0});
    ASSERT_TRUE(expected->read(bytes(text), text.size(), scratch.data()).ok());
    EXPECT_EQ(written(expected, 40), std::string(out, out + 40));

    // In two pieces, from C.
    expected->reset();
    ASSERT_TRUE(expected->read(bytes(text), 61, scratch.data()).ok());
    ASSERT_TRUE(expected->read(bytes(text) + 61, text.size() - 61, scratch.data()).ok());
    atome_reset(engine);
    ASSERT_TRUE(c_read_and_generate(engine, bytes(text), text.size(), 61, out, 40));
    EXPECT_EQ(written(expected, 40), std::string(out, out + 40));
}

TEST_F(CApiOfPairs, TheSelfTestIsThatOfTheWholeText) {
    cli::AlignedBuffer arena, expected_arena;
    atome_engine* engine = init(arena);
    ASSERT_TRUE(engine);
    Engine& expected = stream(expected_arena, {0, 0, 1, 0})->engine();
    std::vector<uint8_t> tokens(2 * prompt.size());
    tokens.resize(file.view.vocabulary().encode(bytes(prompt), prompt.size(), tokens.data()));
    Digest digest;
    for (const uint8_t token : tokens) {
        ASSERT_TRUE(expected.step(token).ok());
        add_step(digest, expected);
    }
    uint64_t got = 0;
    EXPECT_EQ(atome_self_test(engine, bytes(prompt), prompt.size(), digest.value(), &got, &error), ATOME_OK)
        << error.text;
    EXPECT_EQ(got, digest.value());
    EXPECT_EQ(atome_position(engine), 0u);
    const std::string longest(ATOME_PROMPT_MOST, 'x');
    EXPECT_EQ(atome_self_test(engine, bytes(longest), longest.size(), 0, nullptr, &error),
              ATOME_WRONG_DIGEST);
    EXPECT_EQ(atome_self_test(engine, bytes(longest), longest.size() + 1, 0, nullptr, &error),
              ATOME_BAD_ARGUMENT);
}

TEST_F(CApiOfPairs, ATableThatIsNoneIsBadFile) {
    // Sealed, as the writer would refuse it.
    std::vector<uint8_t> damaged(file.bytes.data(), file.bytes.data() + file.bytes.size());
    const Vocabulary& v = file.view.vocabulary();
    const auto at = static_cast<std::size_t>(v.data() - file.bytes.data());
    damaged[at + 3 + v.bytes()] = 255;  // the first merge names a token that is not yet one
    reseal(&damaged);
    const auto blob = cli::AlignedBuffer::copy_of(damaged);
    EXPECT_EQ(atome_open(&model, blob.data(), blob.size(), &error), ATOME_BAD_FILE);
    EXPECT_NE(std::string(error.text)
                  .find("section vocabulary: vocabulary byte " + std::to_string(3 + v.bytes()) +
                        ": merge 0 joins token 255"),
              std::string::npos)
        << error.text;
    EXPECT_EQ(atome_describe(&model).n_tokens, 0u);
}

}  // namespace
}  // namespace atome::test
