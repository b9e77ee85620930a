// atome sample.
#include <gtest/gtest.h>

#include <filesystem>

#include "atome/kernels/kernels.h"
#include "atome/kernels/registry.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/model.h"
#include "native/io/files.h"
#include "tests/cli/run_atome.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

class Sample : public testing::Test {
  protected:
    void SetUp() override { write_model(model, 256); }

    void write_model(const std::string& path, uint32_t vocab_size) const {
        GptConfig config;
        config.vocab_size = vocab_size;
        config.d_model = 20;
        config.n_layers = 2;
        config.d_ff = 12;
        config.max_seq = 16;
        std::vector<uint8_t> bytes;
        ASSERT_TRUE(write_gpt_safetensors(initialise_gpt(config, 1), {}, {}, &bytes).ok());
        write_bytes(path, bytes);
    }
    std::vector<std::string> args(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> all = {"sample", model, "--bytes", "5003", "--seed", "1", "--out", out};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::string text(const std::vector<std::string>& more = {}) const {
        std::filesystem::remove(out);
        EXPECT_EQ(run_json(args(more))["bytes"], 5003);
        return cli::read_text(out);
    }
    void refuses(int code, const std::vector<std::string>& all, const std::string& says) const {
        const std::string message = expect_failure(run_atome(all), code);
        EXPECT_NE(message.find(says), std::string::npos) << message;
    }

    TempDir dir;
    std::string model = dir / "m.safetensors";
    std::string out = dir / "teacher.txt";
};

// One stream, with the same numbers.
TEST_F(Sample, GenerateWritesTheSame) {
    const std::vector<std::string> both = {"--seed", "1", "--temperature", "1", "--prompt", "ab"};
    std::vector<std::string> one = {"sample", model, "--out", out, "--bytes", "100", "--streams", "1"};
    std::vector<std::string> other = {"generate", model, "-n", "100"};
    one.insert(one.end(), both.begin(), both.end());
    other.insert(other.end(), both.begin(), both.end());
    run_json(one);
    const std::string text = cli::read_text(out);
    const nlohmann::json generated = run_json(other);
    std::string bytes;
    for (const auto& token : generated["tokens"]) bytes += static_cast<char>(token.get<int>());
    EXPECT_EQ(bytes, text);
    EXPECT_EQ(generated["bytes"], 100);
    EXPECT_EQ(generated["window"], 16);
    // The end of a long prompt; none at all.
    other.back() = std::string(100, 'x') + "0123456789abcdef";
    EXPECT_EQ(run_json(other)["tokens"].size(), 100u);
    EXPECT_EQ(run_json({"generate", model, "-n", "5"})["bytes"], 5);
    refuses(1, {"generate", model, "--window", "8"}, "leave out --window");
    refuses(1, {"generate", model, "--show-entropy"}, "leave out --show-entropy");
}

TEST_F(Sample, SameSeedSameBytes) {
    const std::string expected = text();
    EXPECT_EQ(expected.size(), 5003u);
    EXPECT_EQ(text(), expected);
    for (const char* threads : {"1", "2", "5"}) EXPECT_EQ(text({"--threads", threads}), expected) << threads;
    EXPECT_EQ(text({"--kernels", "scalar"}), expected);
    EXPECT_EQ(text({"--prompt", "<|endoftext|>\n"}), expected);
    EXPECT_EQ(text({"--streams", "64", "--temperature", "1", "--top-p", "1"}), expected);
    EXPECT_NE(text({"--prompt", "a"}), expected);
    EXPECT_NE(text({"--top-p", "0.5"}), expected);
    EXPECT_NE(text({"--temperature", "0.5"}), expected);
    std::vector<std::string> other = args();
    other[5] = "2";
    run_json(other);
    EXPECT_NE(cli::read_text(out), expected);
    EXPECT_EQ(dir.files(), (std::vector<std::string>{"m.safetensors", "teacher.txt"}));
}

// A stream is the same text, however many stand beside it and however long it becomes.
TEST_F(Sample, StreamsStandInOrder) {
    const auto sampled = [&](const std::string& bytes, const std::string& streams) {
        run_json({"sample", model, "--bytes", bytes, "--streams", streams, "--out", out});
        return cli::read_text(out);
    };
    const std::string two = sampled("81", "2");
    ASSERT_EQ(two.size(), 81u);
    EXPECT_EQ(two.substr(0, 41), sampled("41", "1"));
    const std::string many = sampled(std::to_string(40 * 70), "70");
    EXPECT_EQ(many.substr(0, 40), two.substr(0, 40));
    EXPECT_EQ(many.substr(40, 40), two.substr(41));
    EXPECT_NE(many.substr(40 * 69), many.substr(0, 40));
    EXPECT_EQ(sampled("3", "64").size(), 3u);
}

TEST_F(Sample, SmallerVocabulary) {
    write_model(model, 7);
    for (const char c : text()) ASSERT_LT(static_cast<unsigned char>(c), 7);
    refuses(1, args({"--prompt", "a"}), "--prompt: byte 97 at offset 0 is outside the model's vocabulary");
}

TEST_F(Sample, WhatItSays) {
    const RunResult r = run_atome(args());
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("5,003 bytes of 64 streams, written to "), std::string::npos) << r.out;
    const nlohmann::json j = run_json(args({"--threads", "9", "--top-k", "9"}));
    EXPECT_EQ(j["streams"], 64);
    EXPECT_EQ(j["prompt"], "<|endoftext|>\n");
    EXPECT_EQ(j["seed"], 1);
    EXPECT_EQ(j["top_k"], 9);
    EXPECT_EQ(j["threads"], 8);  // as many as there are groups of streams
    EXPECT_EQ(j["kernels"], best_kernels().name);
    EXPECT_GT(j["bytes_per_second"].get<double>(), 0);
}

TEST_F(Sample, Refusals) {
    const auto with_model = [&](const std::string& path) {
        return std::vector<std::string>{"sample", path, "--bytes", "9", "--out", out};
    };
    refuses(1, with_model(golden_path("default_60k")),
            "is a routed-ternary model: sample takes vanilla GPTs");
    refuses(1, with_model(golden_path("default_60k")), "use atome generate");
    refuses(1, with_model(dir / "missing.pt"), "missing.pt");
    write_bytes(dir / "text", std::string(200, 'a'));
    refuses(1, with_model(dir / "text"), "text: ");
    refuses(2, {"sample", model, "--out", out}, "--bytes");
    refuses(2, {"sample", model, "--bytes", "9"}, "--out");
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{"--bytes", "0"},
                                               {"--bytes", "-1"},
                                               {"--bytes", "1e6"},
                                               {"--bytes", "1073741825"},
                                               {"--streams", "0"},
                                               {"--streams", "65537"},
                                               {"--threads", "0"},
                                               {"--temperature", "nan"},
                                               {"--top-p", "0"},
                                               {"--kernels", "mmx"}}) {
        std::vector<std::string> all = with_model(model);
        if (more[0] == "--bytes")
            all[3] = more[1];
        else
            all.insert(all.end(), more.begin(), more.end());
        refuses(2, all, more[0]);
    }
    refuses(1, args({"--prompt", ""}), "--prompt is empty");
    refuses(1, args({"--prompt", std::string(17, 'a')}),
            "--prompt has 17 bytes: this model takes at most 16");
    EXPECT_FALSE(std::filesystem::exists(out));
    EXPECT_EQ(run_atome(args({"--prompt", std::string(16, 'a')})).code, 0);
}

TEST_F(Sample, OutputsThatCannotBe) {
    const auto to = [&](const std::string& path) {
        return std::vector<std::string>{"sample", model, "--bytes", "1000000000", "--out", path};
    };
    // Said before the work, or the gigabyte would take hours.
    refuses(1, to(model), "is the model that is read");
    refuses(1, to(dir / ""), "is a directory");
    refuses(1, to(dir / "no/such/file"), "is not a folder");
    refuses(1, to(model + "/file"), "is not a folder");
    refuses(1, to(""), "has no name");
    refuses(1, {"sample", model, "--bytes", "9", "--out", "/dev/full"}, "/dev/full");
    EXPECT_EQ(dir.files(), std::vector<std::string>{"m.safetensors"});
}

}  // namespace
}  // namespace atome::test
