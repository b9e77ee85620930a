// atome generate --out: a file of many texts, by a GPT or a routed model.
#include <gtest/gtest.h>

#include <algorithm>
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

class GenerateFile : public testing::Test {
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
        std::vector<std::string> all = {
            "generate", model,   "-n", "5003",          "--streams", "64",       "--seed",
            "1",        "--out", out,  "--temperature", "1",         "--prompt", "<|endoftext|>\n"};
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

// The first text is the one that is shown without a file.
TEST_F(GenerateFile, TheFirstTextIsTheOneShown) {
    for (const std::string& path : {model, golden_path("default_60k")}) {
        const std::vector<std::string> shown = {"generate", path, "-n",       "100",
                                                "--seed",   "1",  "--prompt", "ab"};
        std::vector<std::string> written = shown;
        written[3] = "200";
        written.insert(written.end(), {"--out", out, "--streams", "2"});
        run_json(written);
        const std::string text = cli::read_text(out);
        const nlohmann::json generated = run_json(shown);
        std::string bytes;
        for (const auto& token : generated["tokens"]) bytes += static_cast<char>(token.get<int>());
        EXPECT_EQ(bytes, text.substr(0, 100));
        EXPECT_NE(bytes, text.substr(100));
        EXPECT_EQ(generated["bytes"], 100);
    }
}

TEST_F(GenerateFile, AGptsPrompt) {
    std::vector<std::string> args = {"generate", model, "-n", "5", "--prompt"};
    // The end of a long prompt; none at all.
    args.push_back(std::string(100, 'x') + "0123456789abcdef");
    const nlohmann::json long_prompt = run_json(args);
    EXPECT_EQ(long_prompt["window"], 16);
    args.back() = "0123456789abcdef";
    EXPECT_EQ(run_json(args)["tokens"], long_prompt["tokens"]);
    EXPECT_EQ(run_json({"generate", model, "-n", "5"})["bytes"], 5);
    refuses(1, {"generate", model, "--window", "8"}, "leave out --window");
    refuses(1, {"generate", model, "--show-entropy"}, "leave out --show-entropy");
}

TEST_F(GenerateFile, SameSeedSameBytes) {
    const std::string expected = text();
    EXPECT_EQ(expected.size(), 5003u);
    EXPECT_EQ(text(), expected);
    for (const char* threads : {"1", "2", "5"}) EXPECT_EQ(text({"--threads", threads}), expected) << threads;
    EXPECT_EQ(text({"--kernels", "scalar"}), expected);
    EXPECT_EQ(text({"--top-p", "1"}), expected);
    EXPECT_NE(text({"--top-p", "0.5"}), expected);
    for (const auto& [option, value] :
         {std::pair("--prompt", "a"), {"--temperature", "0.5"}, {"--seed", "2"}, {"--streams", "63"}}) {
        std::vector<std::string> other = args();
        *(std::find(other.begin(), other.end(), option) + 1) = value;
        run_json(other);
        EXPECT_NE(cli::read_text(out), expected) << option;
    }
    EXPECT_EQ(dir.files(), (std::vector<std::string>{"m.safetensors", "teacher.txt"}));
}

// A stream is the same text, however many stand beside it and however long it becomes.
TEST_F(GenerateFile, StreamsStandInOrder) {
    for (const std::string& path : {model, golden_path("default_60k")}) {
        const auto written = [&](const std::string& bytes, const std::string& streams) {
            run_json({"generate", path, "-n", bytes, "--streams", streams, "--out", out});
            return cli::read_text(out);
        };
        const std::string two = written("81", "2");
        ASSERT_EQ(two.size(), 81u);
        EXPECT_EQ(two.substr(0, 41), written("41", "1"));
        const std::string many = written(std::to_string(40 * 70), "70");
        EXPECT_EQ(many.substr(0, 40), two.substr(0, 40));
        EXPECT_EQ(many.substr(40, 40), two.substr(41));
        EXPECT_NE(many.substr(40 * 69), many.substr(0, 40));
        EXPECT_EQ(written("3", "64").size(), 3u);
    }
}

TEST_F(GenerateFile, SmallerVocabulary) {
    write_model(model, 7);
    run_json({"generate", model, "-n", "5003", "--streams", "64", "--out", out});
    for (const char c : cli::read_text(out)) ASSERT_LT(static_cast<unsigned char>(c), 7);
    refuses(1, {"generate", model, "--out", out, "--prompt", "a"},
            "--prompt: byte 97 at offset 0 is outside the model's vocabulary");
}

TEST_F(GenerateFile, WhatItSays) {
    const RunResult r = run_atome(args());
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("5,003 bytes of 64 streams, written to "), std::string::npos) << r.out;
    const nlohmann::json j = run_json(args({"--threads", "9"}));
    EXPECT_EQ(j["streams"], 64);
    EXPECT_EQ(j["prompt"], "<|endoftext|>\n");
    EXPECT_EQ(j["seed"], 1);
    EXPECT_EQ(j["out"], out);
    EXPECT_FALSE(j.contains("text"));
    EXPECT_EQ(j["threads"], 8);  // as many as there are groups of streams
    EXPECT_EQ(j["kernels"], best_kernels().name);
    EXPECT_GT(j["bytes_per_second"].get<double>(), 0);
}

TEST_F(GenerateFile, Refusals) {
    const std::vector<std::string> good = {"generate", model, "--out", out};
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{"-n", "0"},
                                               {"-n", "-1"},
                                               {"-n", "1e6"},
                                               {"-n", "1000000001"},
                                               {"--streams", "0"},
                                               {"--streams", "65537"},
                                               {"--threads", "0"},
                                               {"--temperature", "nan"},
                                               {"--top-p", "0"},
                                               {"--kernels", "mmx"},
                                               {"--show-entropy"}}) {
        std::vector<std::string> all = good;
        all.insert(all.end(), more.begin(), more.end());
        refuses(2, all, more[0]);
    }
    refuses(2, {"generate", model, "--streams", "2"}, "--out");
    refuses(2, {"generate", model, "--threads", "2"}, "--out");
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(GenerateFile, OutputsThatCannotBe) {
    const auto to = [&](const std::string& path) {
        return std::vector<std::string>{"generate", model, "-n", "1000000000", "--out", path};
    };
    // Said before the work, or the gigabyte would take hours.
    refuses(1, to(model), "is the model that is read");
    refuses(1, to(dir / ""), "is a directory");
    refuses(1, to(dir / "no/such/file"), "is not a folder");
    refuses(1, to(model + "/file"), "is not a folder");
    refuses(1, to(""), "has no name");
    refuses(1, {"generate", model, "-n", "9", "--out", "/dev/full"}, "/dev/full");
    EXPECT_EQ(dir.files(), std::vector<std::string>{"m.safetensors"});
}

}  // namespace
}  // namespace atome::test
