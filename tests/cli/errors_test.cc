// Bad input and wrong usage of every command: exit code 1 or 2, one line that says why, nothing left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "atome/models/gpt/model.h"
#include "atome/train/options_table.h"
#include "tests/cli/run_atome.h"
#include "tests/infer/golden_case.h"

namespace atome::test {
namespace {

class Errors : public testing::Test {
  protected:
    void SetUp() override {
        write_bytes(data_, std::string(200, 'a'));
        const std::vector<uint8_t> good = bytes_of(model_);
        ASSERT_FALSE(good.empty());
    }
    // Every command that reads MODEL, with `model` as that.
    std::vector<std::vector<std::string>> commands(const std::string& model) const {
        return {{"eval", model, "--data", data_},
                {"calibrate", model, "--data", data_},
                {"generate", model, "-n", "3"},
                {"chat", model, "-n", "3"},
                {"trace", model, "--text", "\x01"},
                {"export", model, "--out", folder_ / "out.atome"},
                {"inspect", model},
                {"fit", model}};
    }
    void expect_refused(const std::string& model, const std::string& part) {
        for (const std::vector<std::string>& args : commands(model)) {
            SCOPED_TRACE(args[0] + " " + model);
            const std::string message = expect_failure(run_atome(args, {.input = "a\n"}), 1);
            EXPECT_NE(message.find(part), std::string::npos) << message;
            EXPECT_FALSE(std::filesystem::exists(folder_ / "out.atome"));
        }
    }
    // A copy of the model with another header, which `edit` changes.
    template <class Edit>
    std::string with_header(const std::string& name, Edit edit) {
        std::vector<uint8_t> bytes = bytes_of(model_);
        uint64_t length;
        std::memcpy(&length, bytes.data(), 8);
        std::string header(bytes.begin() + 8, bytes.begin() + 8 + static_cast<std::ptrdiff_t>(length));
        edit(header);
        const uint64_t new_length = header.size();
        std::string file(reinterpret_cast<const char*>(&new_length), 8);
        file += header;
        file.append(bytes.begin() + 8 + static_cast<std::ptrdiff_t>(length), bytes.end());
        write_bytes(folder_ / name, file);
        return folder_ / name;
    }
    std::string with_metadata(const std::string& key, const std::string& value) {
        return with_header(key + "_" + value + ".safetensors", [&](std::string& header) {
            const std::string before = "\"" + key + "\": \"";
            const std::size_t at = header.find(before);
            ASSERT_NE(at, std::string::npos);
            const std::size_t first = at + before.size();
            header.replace(first, header.find('"', first) - first, value);
        });
    }

    TempDir folder_;
    std::string data_ = folder_ / "text.txt";
    std::string model_ = golden_path("tiny_ternary");
};

TEST_F(Errors, FilesThatAreNoFiles) {
    expect_refused(folder_ / "missing.atome", "missing.atome");
    expect_refused(folder_ / "", "directory");
    write_bytes(folder_ / "empty", std::string());
    expect_refused(folder_ / "empty", "empty");
}

TEST_F(Errors, ForeignFiles) {
    expect_refused(data_, "text.txt");
    write_bytes(folder_ / "zeros", std::vector<uint8_t>(5000));
    expect_refused(folder_ / "zeros", "zeros");
    write_bytes(folder_ / "png", std::string("\x89PNG\r\n\x1a\n and more"));
    expect_refused(folder_ / "png", "png");
}

TEST_F(Errors, TruncatedFiles) {
    const std::vector<uint8_t> good = bytes_of(model_);
    std::size_t whole = 0;
    for (const std::size_t size :
         {std::size_t{7}, std::size_t{8}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
        write_bytes(folder_ / "cut",
                    std::vector<uint8_t>(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
        expect_refused(folder_ / "cut", "cut");
        whole++;
    }
    for (const char* format : {"atome", "atome01", "atome02"}) {
        run_json({"export", model_, "--out", folder_ / "m", "--format", format});
        const std::vector<uint8_t> bytes = bytes_of(folder_ / "m");
        for (const std::size_t lost : {std::size_t{1}, bytes.size() / 2, bytes.size() - 8}) {
            write_bytes(folder_ / "cut",
                        std::vector<uint8_t>(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(lost)));
            expect_failure(run_atome({"inspect", folder_ / "cut"}), 1);
            expect_failure(run_atome({"inspect", folder_ / "cut", "--vocab-size", "32", "--d-model", "16",
                                      "--n-layers", "2", "--d-head", "8"}),
                           1);
        }
        std::vector<uint8_t> longer = bytes;
        longer.push_back(0);
        write_bytes(folder_ / "long", longer);
        expect_failure(run_atome({"inspect", folder_ / "long", "--vocab-size", "32", "--d-model", "16",
                                  "--n-layers", "2", "--d-head", "8"}),
                       1);
    }
}

TEST_F(Errors, EveryFlippedBitOfAnAtomeFileIsSeen) {
    run_json({"export", model_, "--out", folder_ / "m.atome"});
    const std::vector<uint8_t> good = bytes_of(folder_ / "m.atome");
    // A prime step visits all parts of the file; the reader's own tests flip every bit.
    for (std::size_t at = 0; at < good.size(); at += 61) {
        std::vector<uint8_t> bad = good;
        bad[at] ^= static_cast<uint8_t>(1u << at % 8);
        write_bytes(folder_ / "bad.atome", bad);
        expect_failure(run_atome({"inspect", folder_ / "bad.atome"}), 1);
    }
    std::vector<uint8_t> bad = good;
    bad[good.size() / 2] ^= 16;
    write_bytes(folder_ / "bad.atome", bad);
    expect_refused(folder_ / "bad.atome", "bad.atome");
}

TEST_F(Errors, HeadersWithLongNamesAndHugeShapes) {
    const std::string huge = "18446744073709551615", name(64, 'n');
    for (const std::string& first : {huge, std::string("0")}) {
        std::string header = "{\"" + name + R"(":{"dtype":"F32","shape":[)" + first;
        for (int i = 0; i < 7; i++) header += "," + huge;
        header += R"(],"data_offsets":[0,8]}})";
        const uint64_t length = header.size();
        std::string file(reinterpret_cast<const char*>(&length), 8);
        file += header + std::string(8, '\0');
        write_bytes(folder_ / "huge.safetensors", file);
        expect_refused(folder_ / "huge.safetensors", first == huge ? "passes 2^63 bytes" : "expected 0");
    }
}

TEST_F(Errors, NumbersThatAreNone) {
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()})
        for (const char* tensor :
             {"param/embed.weight", "param/blocks.1.norm.bias", "param/blocks.0.state.a_raw"}) {
            std::vector<uint8_t> bytes = bytes_of(model_);
            NamedTensors file;
            ASSERT_TRUE(parse_safetensors(bytes.data(), bytes.size(), &file).ok());
            const NamedTensor* t = file.find(tensor);
            ASSERT_NE(t, nullptr);
            std::memcpy(bytes.data() + (t->data - bytes.data()) + 8, &value, sizeof value);
            write_bytes(folder_ / "nan.safetensors", bytes);
            expect_refused(folder_ / "nan.safetensors", std::string(tensor).substr(6));
        }
}

TEST_F(Errors, ActivationsBeyondTheLargestFloat) {
    CodedModel coded;
    ASSERT_TRUE(quantise(load_golden(model_).model, &coded).ok());
    coded.tensors.back().scales[0] = 3e38f;  // unembed
    std::vector<uint8_t> file;
    ASSERT_TRUE(write_atome(coded, Encoding::trit2, &file).ok());
    write_bytes(folder_ / "loud.atome", file);
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"trace", folder_ / "loud.atome", "--tokens", "1,2"},
          std::vector<std::string>{"generate", folder_ / "loud.atome", "--prompt", "\x01", "-n", "3"}}) {
        const std::string message = expect_failure(run_atome(args), 1);
        EXPECT_NE(message.find("pass the largest float"), std::string::npos) << message;
    }
}

TEST_F(Errors, DimensionsInTheFileThatCannotBe) {
    for (const char* value : {"0", "2147483648", "4294967296", "99999999999999999999", "-1", "abc", "", "17"})
        expect_refused(with_metadata("d_model", value), "d_model_");
    for (const char* key : {"n_layers", "d_head", "vocab_size", "top_k", "kernel_size"})
        expect_refused(with_metadata(key, "2147483648"), key);
    expect_refused(with_metadata("quantizer", "septenary"), "quantizer");
    expect_refused(with_metadata("disable_pathways", "global"), "disable_pathways");
}

TEST_F(Errors, OptionsOutOfRange) {
    const std::string m = model_, d = data_;
    const std::vector<std::vector<std::string>> wrong = {
        {"generate", m, "-n", "0"},
        {"generate", m, "-n", "-1"},
        {"generate", m, "-n", "1e3"},
        {"generate", m, "-n", "99999999999999999999999"},
        {"generate", m, "--temperature", "-1"},
        {"generate", m, "--temperature", "0.001"},
        {"generate", m, "--temperature", "101"},
        {"generate", m, "--temperature", "nan"},
        {"generate", m, "--temperature", "inf"},
        {"generate", m, "--temperature", "hot"},
        {"generate", m, "--temperature", ""},
        {"generate", m, "--top-p", "0"},
        {"generate", m, "--top-p", "1.5"},
        {"generate", m, "--top-p", "nan"},
        {"generate", m, "--top-k", "257"},
        {"generate", m, "--top-k", "-1"},
        {"generate", m, "--seed", "-1"},
        {"generate", m, "--seed", "18446744073709551616"},
        {"generate", m, "--window", "0"},
        {"generate", m, "--window", "65537"},
        {"generate", m, "--kernels", "mmx"},
        {"generate", m, "--kernels", ""},
        {"chat", m, "-n", "0"},
        {"chat", m, "--top-p", "2"},
        {"eval", m, "--data", d, "--seq", "1"},
        {"eval", m, "--data", d, "--seq", "x"},
        {"eval", m, "--data", d, "--threads", "0"},
        {"eval", m, "--data", d, "--window", "0"},
        {"trace", m, "--text", "a", "--greedy", "70000"},
        {"trace", m, "--tokens", "1,,2"},
        {"trace", m, "--tokens", "1,2,"},
        {"trace", m, "--tokens", "256"},
        {"trace", m, "--tokens", "a"},
        {"trace", m, "--tokens", "-1"},
        {"trace", m, "--tokens", ""},
        {"trace", m, "--text", ""},
        {"trace", m, "--text", "a", "--tokens", "1"},
        {"fit", "--d-model", "0"},
        {"fit", "--d-model", "2147483648"},
        {"fit", "--d-model", "-64"},
        {"fit", "--n-layers", "65"},
        {"fit", "--window", "16,0"},
        {"fit", m, "--window", ""},
        {"fit", "--d-model", "16", "--quantizer", "foo"},
        {"fit", "--d-model", "16", "--disable-pathways", "local,state,sparse"},
        {"inspect", m, "--d-model", "0"},
        {"export", m, "--out", folder_ / "x.atome", "--format", "gguf"},
        {"export", m, "--out", folder_ / "x.atome", "--trits", "trit3"},
        {"export", m, "--out", folder_ / "x.atome", "--quantizer", "int8"},
        {"export", m, "--out", folder_ / "x.unknown"},
    };
    for (const std::vector<std::string>& args : wrong) {
        std::string line;
        for (const std::string& word : args) line.append(word).append(" ");
        SCOPED_TRACE(line);
        const std::string message = expect_failure(run_atome(args), 2);
        EXPECT_NE(message.find("--help"), std::string::npos) << message;
    }
    EXPECT_EQ(folder_.files(), std::vector<std::string>{"text.txt"});
}

TEST_F(Errors, WhatIsMissing) {
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"eval"},
                                               {"eval", model_},
                                               {"eval", "--data", data_},
                                               {"generate"},
                                               {"chat"},
                                               {"trace"},
                                               {"trace", model_},
                                               {"export", model_},
                                               {"export", "--out", "x.atome"},
                                               {"inspect"},
                                               {"fit"},
                                               {"inspect", model_, "extra"},
                                               {"generate", model_, "--prompt"},
                                               {"generate", model_, "--unknown"},
                                               {"unknown"},
                                               {"--unknown"}}) {
        std::string line;
        for (const std::string& word : args) line.append(word).append(" ");
        SCOPED_TRACE(line);
        const std::string message = expect_failure(run_atome(args), 2);
        EXPECT_NE(message.find("--help"), std::string::npos) << message;
    }
}

TEST_F(Errors, DataThatCannotBeRead) {
    expect_failure(run_atome({"eval", model_, "--data", folder_ / "none.txt"}), 1);
    expect_failure(run_atome({"eval", model_, "--data", folder_ / ""}), 1);
}

TEST_F(Errors, AWindowTooLargeForMemoryIsAFailure) {
    // 64 layers of 4096 by 65536 positions: 137 GB.
    const GoldenCase c = load_golden(model_);
    Config config;
    config.d_model = 1024;
    config.n_layers = 64;
    config.vocab_size = 4;
    config.d_head = 1;
    config.disabled = 3;
    CodedModel coded{config, 0, {}, {}};
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        const TensorSpec spec = tensor_spec(config, i);
        CodedTensor& t = coded.tensors.emplace_back();
        if (!spec.active) continue;
        if (spec.coded) {
            t.codes.assign(spec.size(), 1);
            t.scales = {1};
        } else {
            t.values.assign(spec.size(), 1);
        }
    }
    std::vector<uint8_t> file;
    ASSERT_TRUE(write_atome(coded, Encoding::trit5, &file).ok());
    write_bytes(folder_ / "wide.atome", file);
    const std::string message = expect_failure(
        run_atome({"generate", folder_ / "wide.atome", "--prompt", "\x01", "--window", "65536"}), 1);
    EXPECT_NE(message.find("--window"), std::string::npos) << message;
}

TEST_F(Errors, OutputsThatCannotBeWritten) {
    std::filesystem::copy_file(model_, folder_ / "m.safetensors");
    std::filesystem::create_symlink(folder_ / "m.safetensors", folder_ / "link.atome");
    const std::vector<uint8_t> before = bytes_of(folder_ / "m.safetensors");
    const std::string m = folder_ / "m.safetensors";
    // The input itself, by its name, by another name, through a link.
    for (const std::string& out : {m, (folder_ / ".") + "/m.safetensors", folder_ / "link.atome"}) {
        const std::string message = expect_failure(run_atome({"export", m, "--out", out}), 1);
        EXPECT_NE(message.find("is the model that is read"), std::string::npos) << message;
        expect_failure(run_atome({"export", m, "--c-header", out}), 1);
    }
    expect_failure(run_atome({"export", m, "--out", folder_ / "a.atome", "--c-header", folder_ / "a.atome"}),
                   1);
    expect_failure(run_atome({"export", m, "--out", folder_ / "none/m.atome"}), 1);
    expect_failure(run_atome({"export", m, "--out", folder_ / "", "--format", "atome"}), 1);
    expect_failure(run_atome({"export", m, "--out", "/dev/full", "--format", "atome"}), 1);
    expect_failure(run_atome({"export", m, "--c-header", "/dev/full"}), 1);
    EXPECT_EQ(bytes_of(m), before);
    EXPECT_EQ(folder_.files(), (std::vector<std::string>{"link.atome", "m.safetensors", "text.txt"}));
}

TEST_F(Errors, AFullOrClosedStandardOutput) {
    for (const std::vector<std::string>& args : commands(model_)) {
        SCOPED_TRACE(args[0]);
        std::filesystem::remove(folder_ / "out.atome");
        RunOptions full{.input = "\x01\n"}, closed = full, gone = full;
        // chat and eval read bytes that this model does not know; give them ones that it does.
        write_bytes(data_, std::string(200, '\x01'));
        full.out_to = "/dev/full";
        closed.close_out = true;
        gone.reader_leaves = true;
        expect_failure(run_atome(args, full), 1);
        expect_failure(run_atome(args, closed), 1);
        const RunResult r = run_atome(args, gone);
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(r.err, "");
    }
    expect_failure(run_atome({"--help"}, {.out_to = "/dev/full"}), 1);
}

TEST_F(Errors, MessagesStayOnOneLineAndCarryNoControlCharacters) {
    const std::string message = expect_failure(run_atome({"inspect", folder_ / "two\nlines\x1b[31m"}), 1);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

// The command line has a word for each row of the core's tables; refusing unknown ones is the parser's.
TEST(CommandLine, HelpHasEveryOptionAndField) {
    const auto help = [](const char* command) { return run_atome({command, "--help"}).out; };
    const auto has = [](const std::string& text, std::string key) {
        std::replace(key.begin(), key.end(), '_', '-');
        EXPECT_NE(text.find("--" + key + " "), std::string::npos) << key;
    };
    const std::string train = help("train"), distill = help("distill"), fit = help("fit");
    for (const TrainOptionRow& row : train_option_rows())
        if (row.teacher)
            has(distill, std::string(row.key.substr(std::string_view("teacher_").size())));
        else
            has(train, std::string(row.key));
    for (const ConfigField<Config>& field : fields(Config())) {
        has(train, field.name);
        has(fit, field.name);
    }
    for (const ConfigField<GptConfig>& field : fields(GptConfig()))
        if (field.dim != Dim::positions) has(train, field.name);  // those are --seq's
    expect_failure(run_atome({"train", "--optimiser", "muon"}), 2);
    expect_failure(run_atome({"fit", "--dmodel", "16"}), 2);
}

TEST(Program, HelpVersionAndNoArguments) {
    const RunResult none = run_atome({});
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.out, "");
    const RunResult help = run_atome({"--help"}), version = run_atome({"--version"});
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(version.code, 0);
    EXPECT_EQ(version.out.rfind("atome ", 0), 0u);
    for (const char* command : {"train", "eval", "calibrate", "generate", "chat", "trace", "export",
                                "inspect", "fit", "corpus", "serve"}) {
        EXPECT_NE(none.err.find(command), std::string::npos) << command;
        EXPECT_NE(help.out.find(command), std::string::npos) << command;
        const RunResult r = run_atome({command, "--help"});
        EXPECT_EQ(r.code, 0) << command;
        EXPECT_EQ(r.err, "") << command;
        EXPECT_NE(r.out.find("Example"), std::string::npos) << command;
        EXPECT_NE(r.out.find(std::string("atome ") + command), std::string::npos) << command;
    }
}

}  // namespace
}  // namespace atome::test
