// The vanilla GPT as a user trains and measures it: atome train --model vanilla, eval, inspect, and what the
// other commands say of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "atome/corpus/corpus.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

std::vector<uint8_t> contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class Vanilla : public testing::Test {
  protected:
    void SetUp() override { write_bytes(data, corpus::write_stories(60000, 1)); }

    std::vector<std::string> train_args(const std::vector<std::string>& more = {},
                                        const std::string& steps = "60") const {
        std::vector<std::string> args = {"train", "--model",   "vanilla", "--data",     data,  "--out",
                                         out,     "--d-model", "24",      "--n-layers", "2",   "--n-heads",
                                         "3",     "--d-ff",    "32",      "--steps",    steps, "--batch",
                                         "8",     "--seq",     "32",      "--lr",       "3e-3"};
        args.insert(args.end(), more.begin(), more.end());
        return args;
    }
    void refuses(int code, const std::vector<std::string>& args, const std::string& says) const {
        const std::string message = expect_failure(run_atome(args), code);
        EXPECT_NE(message.find(says), std::string::npos) << message;
    }

    TempDir dir;
    std::string data = dir / "text.txt";
    std::string out = dir / "m.safetensors";
};

TEST_F(Vanilla, TrainsAndIsMeasured) {
    const nlohmann::json r = run_json(train_args());
    EXPECT_EQ(r["model"], "vanilla");
    EXPECT_EQ(r["steps"], 60);
    EXPECT_LT(r["valid_bpb"].get<double>(), 5.0);
    const nlohmann::json i = run_json({"inspect", out});
    EXPECT_EQ(i["config"]["kind"], "vanilla");
    EXPECT_EQ(i["config"]["n_heads"], 3);
    EXPECT_EQ(i["config"]["max_seq"], 32);
    EXPECT_EQ(i["parameters"], r["parameters"]);
    EXPECT_EQ(i["weight_bytes"]["none"], 4 * r["parameters"].get<uint64_t>());
    EXPECT_EQ(i["tensors"].size(), 21u);
    EXPECT_EQ(run_atome({"inspect", out}).code, 0);

    const nlohmann::json e = run_json({"eval", out, "--data", data});
    EXPECT_EQ(e["seq"], 32);
    EXPECT_EQ(e["bytes"], contents(data).size() / 32 * 31);
    EXPECT_NEAR(e["bpb"].get<double>(), r["train_bpb"].get<double>(), 0.3);
    EXPECT_EQ(run_json({"eval", out, "--data", data, "--threads", "1", "--kernels", "scalar"})["nats"],
              e["nats"]);
    const nlohmann::json r8 = run_json({"eval", out, "--data", data, "--round", "int8"}),
                         r4 = run_json({"eval", out, "--data", data, "--round", "int4"});
    EXPECT_NEAR(r8["bpb"].get<double>(), e["bpb"].get<double>(), 0.01);
    EXPECT_NEAR(r4["bpb"].get<double>(), e["bpb"].get<double>(), 0.3);
    EXPECT_NE(r4["nats"], r8["nats"]);
    EXPECT_EQ(r8["weight_bytes"], i["weight_bytes"]["int8"]);
    EXPECT_EQ(r4["weight_bytes"], i["weight_bytes"]["int4"]);
}

TEST_F(Vanilla, TrainsWithCodes) {
    const nlohmann::json r = run_json(train_args({"--quantizer", "ternary"}));
    const nlohmann::json i = run_json({"inspect", out}), e = run_json({"eval", out, "--data", data});
    EXPECT_EQ(i["config"]["quantizer"], "ternary");
    // Read again it is the model that was trained, not its floats.
    EXPECT_NEAR(e["bpb"].get<double>(), r["train_bpb"].get<double>(), 0.3);
    EXPECT_LT(i["weight_bytes"]["none"].get<uint64_t>(), r["parameters"].get<uint64_t>() / 2);
    EXPECT_EQ(i["weight_bytes"].size(), 1u);
    EXPECT_EQ(run_json({"train", "--data", data, "--out", out, "--resume"})["digest"], r["digest"]);
    refuses(1, {"eval", out, "--data", data, "--round", "int8"}, "its weights are ternary codes already");
}

TEST_F(Vanilla, ThreadsAndKernelsDoNotChangeTheWeights) {
    const nlohmann::json expected = run_json(train_args({"--exact"}))["digest"];
    EXPECT_EQ(run_json(train_args({"--exact", "--threads", "1"}))["digest"], expected);
    EXPECT_EQ(run_json(train_args({"--exact", "--kernels", "scalar"}))["digest"], expected);
}

// What happens in the middle of a run is tests/train/gpt_test.cc's.
TEST_F(Vanilla, ResumedRunEndsWithTheSameWeights) {
    const nlohmann::json whole = run_json(train_args());
    const std::vector<uint8_t> expected = contents(out);
    std::filesystem::remove(out);
    // --resume starts the run where there is nothing, and finds it done the second time.
    EXPECT_EQ(run_json(train_args({"--resume"}))["digest"], whole["digest"]);
    EXPECT_EQ(contents(out), expected);
    EXPECT_EQ(run_json({"train", "--data", data, "--out", out, "--resume"})["digest"], whole["digest"]);
    EXPECT_EQ(contents(out), expected);
    refuses(1, {"train", "--data", data, "--out", out, "--resume", "--model", "routed"}, "a vanilla model");
    refuses(1, {"train", "--data", data, "--out", out, "--resume", "--n-heads", "2"}, "other dimensions");
    refuses(1, {"train", "--data", data, "--out", out, "--resume", "--seq", "16"}, "--seq");
    EXPECT_EQ(contents(out), expected);
}

TEST_F(Vanilla, OptionsThatMakeNoSense) {
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{"--disable-pathways", "local"},
                                               {"--top-k", "4"},
                                               {"--d-head", "8"},
                                               {"--kernel-size", "3"},
                                               {"--sample-every", "10"},
                                               {"--prompt", "x"}})
        refuses(2, train_args(more), more[0] + " is no option of a vanilla model");
    refuses(2, {"train", "--data", data, "--out", out, "--n-heads", "2"},
            "--n-heads is no option of a routed model");
    refuses(2, {"train", "--data", data, "--out", out, "--model", "gpt"}, "use routed or vanilla");
    const auto vanilla = [&](const char* option, const char* value) {
        return std::vector<std::string>{"train", "--model", "vanilla", "--data", data,
                                        "--out", out,       option,    value};
    };
    refuses(1, vanilla("--n-heads", "3"), "a multiple of n_heads");
    refuses(1, vanilla("--d-ff", "0"), "d_ff is 0");
    refuses(1, vanilla("--seq", "8192"), "max_seq is 8192: use 1..4096");
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Vanilla, OtherCommandsSayWhatItIs) {
    const std::string model = ATOME_GOLDEN_DIR "/vanilla_tiny.safetensors";
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"chat", model},
                                               {"trace", model, "--tokens", "1"},
                                               {"export", model, "--out", dir / "m.atome"},
                                               {"fit", model}})
        refuses(1, args, "this is a vanilla GPT, not a routed-ternary model");
    EXPECT_FALSE(std::filesystem::exists(dir / "m.atome"));
    refuses(1, {"eval", model, "--data", data}, "vocabulary");
    const std::string routed = ATOME_GOLDEN_DIR "/default_60k.safetensors";
    refuses(1, {"eval", routed, "--data", data, "--round", "int8"}, "--round is for vanilla models");
    refuses(2, {"eval", routed, "--data", data, "--round", "int2"}, "use none, int8 or int4");
}

TEST_F(Vanilla, BadFilesAndSequences) {
    ASSERT_EQ(run_atome(train_args({"--tokenizer", "bytes"}, "1")).code, 0);
    refuses(1, {"eval", out, "--data", data, "--seq", "34"}, "knows 32 positions: use --seq 2..33");
    refuses(1, {"eval", out, "--data", data, "--window", "8"}, "leave out --window");
    const std::vector<uint8_t> whole = contents(out);
    for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{100}}) {
        write_bytes(dir / "cut.safetensors",
                    std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
        for (const char* command : {"eval", "inspect"}) {
            std::vector<std::string> args = {command, dir / "cut.safetensors"};
            if (args[0] == "eval") args.insert(args.end(), {"--data", data});
            refuses(1, args, "cut.safetensors");
        }
    }
    std::string text(whole.begin(), whole.end());
    text.replace(text.find("\"n_heads\":\"3\""), 13, "\"n_heads\":\"5\"");
    write_bytes(dir / "heads.safetensors", text);
    refuses(1, {"inspect", dir / "heads.safetensors"}, "d_model is 24: use a multiple of n_heads");
    text = std::string(whole.begin(), whole.end());
    text.replace(text.find("blocks.1.ffn.up.weight"), 22, "blocks.1.ffn.xx.weight");
    write_bytes(dir / "missing.safetensors", text);
    refuses(1, {"inspect", dir / "missing.safetensors"}, "tensor blocks.1.ffn.up.weight is missing");
}

}  // namespace
}  // namespace atome::test
