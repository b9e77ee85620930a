// atome train as a user runs it: kills and resumes, threads, kernel sets, bad input.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "atome/corpus/corpus.h"
#include "atome/random.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A small run of about a second, saving at every step so that kills hit every phase of a save.
std::vector<std::string> train_args(const std::string& data, const std::string& out,
                                    const std::string& steps = "300") {
    return {"train", "--data",   data, "--out",        out,   "--d-model",    "32", "--n-layers",
            "2",     "--d-head", "8",  "--steps",      steps, "--batch",      "8",  "--seq",
            "32",    "--warmup", "20", "--eval-every", "25",  "--save-every", "1"};
}

std::vector<std::string> with(std::vector<std::string> args, const std::vector<std::string>& more) {
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

class Train : public testing::Test {
  protected:
    void SetUp() override { write_bytes(data, corpus::write_stories(60000, 1)); }
    TempDir dir;
    std::string data = dir / "text.txt";
    std::string out = dir / "m.safetensors";
};

// Starts the program and kills it after `microseconds`, unless it ends before. True when it was killed.
bool start_and_kill(const std::vector<std::string>& args, uint64_t microseconds) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::vector<char*> argv{const_cast<char*>(ATOME_PROGRAM)};
        for (const std::string& a : args) argv.push_back(const_cast<char*>(a.c_str()));
        argv.push_back(nullptr);
        if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr)) ::_exit(126);
        ::execv(ATOME_PROGRAM, argv.data());
        ::_exit(127);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    int status = 0;
    const bool running = ::waitpid(pid, &status, WNOHANG) == 0;
    if (running) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, &status, 0);
    } else {
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    return running;
}

TEST_F(Train, KilledTwentyTimesAndResumedEndsWithTheSameWeights) {
    const auto start = std::chrono::steady_clock::now();
    const nlohmann::json never = run_json(train_args(data, dir / "never.safetensors"));
    const auto whole =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    Random random(7);
    uint32_t kills = 0;
    for (uint32_t attempt = 0; attempt < 200 && kills < 20; attempt++) {
        // Also within the first moments, before anything has been saved.
        const uint64_t moment = random.below(static_cast<uint32_t>(whole.count() / 4));
        if (start_and_kill(with(train_args(data, out), {"--resume"}), moment)) {
            kills++;
        } else {
            std::filesystem::remove(out);  // it came to its end: once more from the start
        }
        // Whatever is there is whole.
        EXPECT_TRUE(!std::filesystem::exists(out) || run_atome({"inspect", out}).code == 0);
    }
    EXPECT_EQ(kills, 20u);
    const nlohmann::json resumed = run_json(with(train_args(data, out), {"--resume"}));
    EXPECT_EQ(resumed["digest"], never["digest"]);
    EXPECT_EQ(resumed["valid_bpb"], never["valid_bpb"]);
    EXPECT_EQ(resumed["best_valid_bpb"], never["best_valid_bpb"]);
    EXPECT_EQ(contents(out), contents(dir / "never.safetensors"));
    // Kills may leave a temporary file behind, never a broken one under a name that counts.
    EXPECT_EQ(run_atome({"inspect", dir / "m.best.safetensors"}).code, 0);
}

TEST_F(Train, ThreadsDoNotChangeTheWeights) {
    const nlohmann::json one = run_json(with(train_args(data, out, "60"), {"--threads", "1"}));
    for (const char* threads : {"2", "4"})
        EXPECT_EQ(run_json(with(train_args(data, out, "60"), {"--threads", threads}))["digest"],
                  one["digest"]);
}

TEST_F(Train, ExactIsTheSameForEveryKernelSet) {
    const auto args = [&](const char* kernels) {
        return with(train_args(data, out, "25"), {"--exact", "--kernels", kernels});
    };
    const nlohmann::json expected = run_json(args("scalar"))["digest"];
    for (const char* kernels : {"avx2", "avx512"}) {
        if (run_atome(args(kernels)).code == 2) {
            std::printf("%s: not on this machine\n", kernels);
            continue;
        }
        const nlohmann::json r = run_json(args(kernels));
        EXPECT_EQ(r["kernels"], kernels);
        EXPECT_EQ(r["digest"], expected) << kernels;
    }
}

TEST_F(Train, LearnsAndReports) {
    const nlohmann::json r = run_json(with(train_args(data, out), {"--log", dir / "log.jsonl"}));
    EXPECT_EQ(r["steps"], 300);
    EXPECT_LT(r["valid_bpb"].get<double>(), 4.0);
    EXPECT_LT(r["train_bpb"].get<double>(), 4.0);
    EXPECT_GT(r["bytes_per_second"].get<double>(), 0.0);
    EXPECT_GT(r["seconds"].get<double>(), 0.0);
    EXPECT_EQ(r["digest"].get<std::string>().size(), 16u);
    // What eval says of the saved file is what training said.
    std::ifstream log(dir / "log.jsonl");
    std::string line, last;
    while (std::getline(log, line)) last = line;
    EXPECT_EQ(nlohmann::json::parse(last)["step"], 300);
    EXPECT_EQ(nlohmann::json::parse(last)["valid_bpb"], r["valid_bpb"]);
    const std::string text = contents(data);
    const std::size_t chunks = text.size() / 32,
                      train = static_cast<std::size_t>(0.9 * static_cast<double>(chunks));
    write_bytes(dir / "valid.txt", text.substr(train * 32, (chunks - train) * 32));
    const nlohmann::json e = run_json({"eval", out, "--data", dir / "valid.txt", "--seq", "32"});
    EXPECT_NEAR(e["bpb"].get<double>(), r["valid_bpb"].get<double>(), 1e-4);
}

TEST_F(Train, SamplesDoNotSteerTheTerminal) {
    std::string text;
    while (text.size() < 4000) text += "\xc2\x9b\xc2\x9d\x1b";
    write_bytes(data, text);
    const RunResult r = run_atome(with(train_args(data, out, "60"), {"--sample-every", "20"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.err.find("\\xc2\\x9b"), std::string::npos) << r.err;
    for (const char* raw : {"\xc2\x9b", "\xc2\x9d", "\x9b", "\x9d", "\x1b"})
        EXPECT_EQ(r.err.find(raw), std::string::npos) << r.err;
}

TEST_F(Train, AnEarlierModelOfThatNameMakesWay) {
    write_bytes(out, std::string("precious"));
    EXPECT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    EXPECT_EQ(contents(dir / "m.previous.safetensors"), "precious");
}

TEST_F(Train, BadInput) {
    const auto fails = [&](int code, const std::vector<std::string>& args, const std::string& says) {
        const std::string message = expect_failure(run_atome(args), code);
        EXPECT_NE(message.find(says), std::string::npos) << message;
        EXPECT_FALSE(std::filesystem::exists(out)) << message;
    };
    fails(1, {"train", "--data", dir / "absent.txt", "--out", out}, "absent.txt");
    write_bytes(dir / "empty.txt", std::string());
    fails(1, {"train", "--data", dir / "empty.txt", "--out", out}, "is empty");
    write_bytes(dir / "one.txt", std::string("a"));
    fails(1, {"train", "--data", dir / "one.txt", "--out", out}, "at least 2");
    fails(1, {"train", "--data", dir / "", "--out", out}, "directory");
    fails(1, {"train", "--data", data, "--out", dir / "no/such/folder/m.safetensors"}, "no/such/folder");
    fails(1, {"train", "--data", data, "--out", dir / ""}, "directory");
    fails(1, with(train_args(data, out), {"--vocab-size", "50"}), "vocabulary");
    for (const std::vector<std::string>& option :
         std::vector<std::vector<std::string>>{{"--steps", "0"},
                                               {"--steps", "-1"},
                                               {"--steps", "1e3"},
                                               {"--batch", "0"},
                                               {"--seq", "1"},
                                               {"--lr", "0"},
                                               {"--lr", "nan"},
                                               {"--lr", "inf"},
                                               {"--lr", "x"},
                                               {"--d-model", "0"},
                                               {"--d-model", "2147483648"},
                                               {"--n-layers", "0"},
                                               {"--schedule", "linear"},
                                               {"--threads", "0"},
                                               {"--quantizer", "int2"},
                                               {"--valid-share", "1.5"},
                                               {"--disable-pathways", "all"},
                                               {"--disable-pathways", "local,state,sparse"},
                                               {"--kernels", "sse9"},
                                               {"--clip", "-1"}})
        fails(2, with({"train", "--data", data, "--out", out}, option), option[0]);
    fails(2, {"train", "--data", data}, "--out");
    fails(2, {"train", "--out", out}, "--data");

    // The text is not lost to an output of the same name.
    const std::string before = contents(data);
    const std::string message = expect_failure(run_atome({"train", "--data", data, "--out", data}), 1);
    EXPECT_NE(message.find("another name"), std::string::npos) << message;
    EXPECT_EQ(contents(data), before);
    // A full disk shows before any work is done.
    expect_failure(run_atome({"train", "--data", data, "--out", "/dev/full"}), 1);
}

TEST_F(Train, ResumeRefusesOtherSettingsAndForeignFiles) {
    ASSERT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    const std::string before = contents(out);
    const auto refuses = [&](const std::vector<std::string>& args, const std::string& says) {
        const std::string message = expect_failure(run_atome(args), 1);
        EXPECT_NE(message.find(says), std::string::npos) << message;
        EXPECT_EQ(contents(out), before);
    };
    refuses({"train", "--data", data, "--out", out, "--resume", "--lr", "0.5"}, "--lr");
    refuses({"train", "--data", data, "--out", out, "--resume", "--d-model", "64"}, "other dimensions");
    write_bytes(dir / "other.txt", corpus::write_stories(60000, 2));
    refuses({"train", "--data", dir / "other.txt", "--out", out, "--resume"}, "another text");
    write_bytes(out, before.substr(0, before.size() / 2));
    expect_failure(run_atome({"train", "--data", data, "--out", out, "--resume"}), 1);
    EXPECT_EQ(contents(out), before.substr(0, before.size() / 2));
}

}  // namespace
}  // namespace atome::test
