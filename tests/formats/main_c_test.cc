// The first firmware program: its prompt byte for byte, its numbers, its names. tests/mcu/export.sh runs it.
#include "atome/deploy/main_c.h"

#include <cstdlib>

#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "atome/infer/stream.h"
#include "helpers.h"
#include "tests/pairs_model.h"

namespace atome::test {
namespace {

class MainC : public ::testing::Test {
  protected:
    void SetUp() override { open("default_60k"); }
    void open(const std::string& name) {
        Bytes bytes;
        ASSERT_OK(write_atome(quantised(golden_model(name)), Encoding::trit2, &bytes));
        file = AlignedBytes(bytes);
        ASSERT_OK(ModelView::open(file.data(), file.size(), &model));
    }
    std::string text() {
        std::string out;
        const Status s = write_main_c(model, options, &out);
        EXPECT_TRUE(s.ok()) << s.message();
        return out;
    }
    bool has(const std::string& part) { return text().find(part) != std::string::npos; }
    std::string error() {
        std::string out = "untouched";
        const Status s = write_main_c(model, options, &out);
        EXPECT_FALSE(s.ok());
        EXPECT_EQ(out, "untouched");
        return std::string(s.message());
    }
    // What stands between `before` and the next `after`.
    std::string between(const std::string& before, const std::string& after) {
        const std::string all = text();
        const std::size_t at = all.find(before);
        EXPECT_NE(at, std::string::npos) << before;
        const std::size_t from = at + before.size();
        return all.substr(from, all.find(after, from) - from);
    }

    AlignedBytes file{Bytes()};
    ModelView model;
    MainCOptions options;
};

// The bytes that a C compiler reads in adjacent string literals. Only the escapes that are wanted here.
std::string read_literals(const std::string& text) {
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '"') {
            inside = !inside;
        } else if (!inside) {
            EXPECT_TRUE(c == ' ' || c == '\n') << c;
        } else if (c != '\\') {
            EXPECT_TRUE(c >= ' ' && c <= '~') << int{c};
            out += c;
        } else if (const char next = text[++i]; next == 'n') {
            out += '\n';
        } else if (next == '"' || next == '\\' || next == '?') {
            out += next;
        } else {
            const std::string octal = text.substr(i, 3);
            EXPECT_EQ(octal.find_first_not_of("01234567"), std::string::npos) << octal;
            out += static_cast<char>(std::stoi(octal, nullptr, 8));
            i += 2;
        }
    }
    EXPECT_FALSE(inside);
    return out;
}

TEST_F(MainC, HoldsWhatWasAskedFor) {
    options.header = "story-model.h";
    options.symbol = "story-model";
    options.prompt = "Once upon";
    options.n = 77;
    options.window = 32;
    options.sampling = {.temperature = 0.7f, .top_k = 5, .top_p = 0.95f, .seed = ~uint64_t{0}};
    for (const char* part :
         {"\n#include \"atome.h\"\n#include \"story-model.h\"\n", "\n#define WINDOW 32\n",
          "atome_open(&opened, story_model, sizeof story_model, &error)", "prompt[] =\n    \"Once upon\";\n",
          "\n#define BYTES_TO_WRITE 77u\n", ".temperature = 0.7f,", ".top_k = 5u,", ".top_p = 0.95f,",
          ".seed = 18446744073709551615u,", "atome export MODEL --c-header FILE --main-c FILE"})
        EXPECT_TRUE(has(part)) << part;
    EXPECT_FALSE(has("@"));
    EXPECT_EQ(text().back(), '\n');
}

TEST_F(MainC, ThePromptIsTheseBytesOnEveryCompiler) {
    std::string all;
    for (int i = 0; i < 256; i++) all += static_cast<char>(i);
    std::string reversed(all.rbegin(), all.rend());
    const std::string nasty[] = {
        "",
        "plain",
        std::string("\0", 1),
        std::string("a\0001\0\0007", 6),
        "say \"hi\" \\ \\n %s */ // ?\?\?/ ?\?= ?\?",
        "two\nlines\r\n\n",
        "K\xc3\xb6nig \xf0\x9f\x98\x80 \xff\xfe",
        "\x01"
        "23\x7f"
        "9",
        all + reversed,
        std::string(4094, '?'),
    };
    for (const std::string& prompt : nasty) {
        options.prompt = prompt;
        const std::string literals = between("prompt[] =\n    ", ";\n");
        EXPECT_EQ(read_literals(between("prompt[] =\n    ", ";\n\n/* How many bytes")), prompt) << literals;
        EXPECT_FALSE(has("??"));
        const std::string whole = text();
        std::size_t longest = 0;
        for (std::size_t at = 0, end; (end = whole.find('\n', at)) != std::string::npos; at = end + 1)
            longest = std::max(longest, end - at);
        EXPECT_LE(longest, 120u);
    }
}

TEST_F(MainC, NumbersReadBackExactly) {
    const auto written = [&](float temperature, float top_p) {
        options.sampling.temperature = temperature;
        options.sampling.top_p = top_p;
        const std::string t = between(".temperature = ", "f,"), p = between(".top_p = ", "f,");
        EXPECT_EQ(std::strtof(t.c_str(), nullptr), temperature) << t;
        EXPECT_EQ(std::strtof(p.c_str(), nullptr), std::max(top_p, 0.001f)) << p;
        return t + " " + p;
    };
    EXPECT_EQ(written(0, 1), "0.0 1.0");
    EXPECT_EQ(written(0.8f, 0.9f), "0.8 0.9");
    EXPECT_EQ(written(100, 0.001f), "100.0 0.001");
    EXPECT_EQ(written(0.01f, 0.99999994f), "0.01 0.99999994");
    EXPECT_EQ(written(1.25f, 1e-30f), "1.25 0.001");
    std::mt19937 random(1);
    for (int i = 0; i < 2000; i++) {
        const float unit = static_cast<float>(random() >> 8) * 0x1p-24f;
        written(0.01f + unit * unit * unit * 99, std::max(unit, 0.001f));
    }
}

TEST_F(MainC, TheArenaIsThatOfA32BitChip) {
    const std::string arena = std::to_string(ram_bytes(model, 32));
    EXPECT_EQ(arena, "50752");  // what mcu/report.sh measures
    options.window = 32;
    EXPECT_TRUE(has("#define ARENA_BYTES " + arena + "\n"));
    for (const char* name : {"default_60k", "odd_ternary", "tiny_no_sparse", "tiny_ffn_ternary"}) {
        open(name);
        for (const uint32_t window : {1u, 7u, 256u}) {
            const uint64_t here = stream_bytes(model, EngineOptions{.window = window}),
                           chip = ram_bytes(model, window);
            EXPECT_EQ(chip % 16, 0u);
            // Pointers of this machine take as much, or twice as much.
            EXPECT_EQ(chip == here, sizeof(void*) == 4);
            EXPECT_LE(chip, here);
            EXPECT_EQ(chip, stream_bytes(model, EngineOptions{.window = window}, 4));
        }
    }
}

TEST_F(MainC, RefusesWhatCannotWork) {
    const MainCOptions good = options;
    const auto refuses = [&](auto change, const char* word) {
        options = good;
        change();
        EXPECT_NE(error().find(word), std::string::npos) << error();
    };
    refuses([&] { options.n = 0; }, "n is 0: use 1..");
    refuses([&] { options.window = 0; }, "window is 0: use 1..65536");
    refuses([&] { options.window = 65537; }, "65537");
    refuses([&] { options.sampling.temperature = 0.001f; }, "temperature");
    refuses([&] { options.sampling.top_p = 0; }, "top_p");
    refuses([&] { options.sampling.top_k = 257; }, "top_k");
    refuses([&] { options.prompt.assign(4095, 'a'); }, "4095 bytes");
    for (const char* symbol : {"atome_model", "atome_anything", "main", "prompt", "arena", "WINDOW"})
        refuses([&] { options.symbol = symbol; }, symbol);
    for (const char* header : {"", "a\"b.h", "a\nb.h", "a*/.h", "a?\?/.h", "a\\b.h"})
        refuses([&] { options.header = header; }, "header");
    open("tiny_ternary");  // 32 tokens
    refuses(
        [&] {
            options.prompt =
                "\x01\x02"
                "a";
        },
        "prompt: byte 97 at offset 2 is outside the model's vocabulary: use bytes 0..31");
    // 65536 * (1024 + 16) * 4 bytes a layer.
    Config large;
    large.d_model = 16;
    large.d_head = 1024;
    large.n_layers = 64;
    large.vocab_size = 4;
    Bytes bytes;
    ASSERT_OK(write_atome(quantised(random_model(large, 1)), Encoding::trit2, &bytes));
    file = AlignedBytes(bytes);
    ASSERT_OK(ModelView::open(file.data(), file.size(), &model));
    refuses([&] { options.window = 65536; }, "65536 needs more than 2 GiB");
}

// A prompt of any length is read by itself where tokens are strings; else the program is as it was.
TEST_F(MainC, ReadsThePromptOfAModelOfPairs) {
    EXPECT_TRUE(
        has("    if (atome_generate(engine, (const uint8_t*)prompt, sizeof prompt - 1, BYTES_TO_WRITE,"));
    EXPECT_FALSE(has("atome_read"));
    EXPECT_TRUE(has(" * RAM: ARENA_BYTES and about 2 KB of stack."));
    Bytes bytes;
    ASSERT_OK(write_atome(quantised(pairs_model(small_pairs_config())), Encoding::trit2, &bytes));
    file = AlignedBytes(bytes);
    ASSERT_OK(ModelView::open(file.data(), file.size(), &model));
    options.prompt = std::string(4094, '\xff');
    EXPECT_TRUE(has("scratch[ATOME_READ_SCRATCH(sizeof prompt - 1)];\n    if (atome_read(engine, "));
    EXPECT_TRUE(
        has("    if (atome_generate(engine, NULL, 0, BYTES_TO_WRITE, &sampling, send_byte, NULL, &error))\n"
            "        return failed(&error);\n    return 0;\n}\n"));
    EXPECT_TRUE(has(" * RAM: ARENA_BYTES, twice the prompt and about 2 KB of stack."));
    EXPECT_FALSE(has("@"));
    options.symbol = "scratch";
    EXPECT_EQ(error(),
              "symbol 'scratch' is a name that main.c or atome.h has: use another, such as model_blob");
}

}  // namespace
}  // namespace atome::test
