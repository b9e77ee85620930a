// atome train as a user runs it: kills and resumes, threads, kernel sets, bad input.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "atome/base/random.h"
#include "atome/corpus/corpus.h"
#include "atome/kernels/registry.h"
#include "tests/cli/run_atome.h"
#include "tests/kernel_sets.h"

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

// With another value of an option that is there.
std::vector<std::string> with_value(std::vector<std::string> args, const std::string& option,
                                    const std::string& value) {
    *std::next(std::find(args.begin(), args.end(), option)) = value;
    return args;
}

class Train : public testing::Test {
  protected:
    void SetUp() override { write_bytes(data, corpus::write_stories(60000, 1)); }
    TempDir dir;
    std::string data = dir / "text.txt";
    std::string out = dir / "m.safetensors";
};

// The program in the background; what it says on stderr goes to the file `errors`.
pid_t start(const std::vector<std::string>& args, const std::string& errors = "/dev/null") {
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::vector<char*> argv{const_cast<char*>(ATOME_PROGRAM)};
        for (const std::string& a : args) argv.push_back(const_cast<char*>(a.c_str()));
        argv.push_back(nullptr);
        if (!std::freopen("/dev/null", "w", stdout) || !std::freopen(errors.c_str(), "w", stderr))
            ::_exit(126);
        ::execv(ATOME_PROGRAM, argv.data());
        ::_exit(127);
    }
    return pid;
}

// The status of waitpid(), once it has ended.
int wait_for(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

bool wait_for_file(const std::string& path) {
    for (int i = 0; i < 2000 && !std::filesystem::exists(path); i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return std::filesystem::exists(path);
}

// Starts the program and kills it after `microseconds`, unless it ends before. True when it was killed.
bool start_and_kill(const std::vector<std::string>& args, uint64_t microseconds) {
    const pid_t pid = start(args);
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

class TrainOf : public Train, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Tokenizers, TrainOf, testing::Values("bytes", "pairs"),
                         [](const auto& p) { return std::string(p.param); });

TEST_P(TrainOf, KilledTwentyTimesAndResumedEndsWithTheSameWeights) {
    const auto train_args = [](const std::string& text, const std::string& model) {
        return with(test::train_args(text, model), {"--tokenizer", GetParam()});
    };
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
    EXPECT_EQ(resumed["tokenizer"], GetParam());
    EXPECT_EQ(resumed["digest"], never["digest"]);
    EXPECT_EQ(resumed["valid_bpb"], never["valid_bpb"]);
    EXPECT_EQ(resumed["best_valid_bpb"], never["best_valid_bpb"]);
    EXPECT_EQ(contents(out), contents(dir / "never.safetensors"));
    EXPECT_EQ(run_atome({"inspect", dir / "m.best.safetensors"}).code, 0);
    // What kills left behind is gone.
    for (const std::string& file : dir.files()) {
        EXPECT_EQ(file.find(".tmp"), std::string::npos) << file;
        EXPECT_EQ(file.find(".lock"), std::string::npos) << file;
    }
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
    for (const KernelSet& set : exact_sets()) {
        const nlohmann::json r = run_json(args(set.name));
        EXPECT_EQ(r["kernels"], set.name);
        EXPECT_EQ(r["digest"], expected) << set.name;
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

TEST_F(Train, EarlierModelsOfThatNameMakeWay) {
    write_bytes(out, std::string("precious"));
    write_bytes(dir / "m.best.safetensors", std::string("best"));
    EXPECT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    const std::string second = contents(out), second_best = contents(dir / "m.best.safetensors");
    const RunResult third = run_atome(with(train_args(data, out, "20"), {"--seed", "1"}));
    EXPECT_EQ(third.code, 0);
    EXPECT_NE(third.err.find("kept as " + (dir / "m.previous-2.safetensors")), std::string::npos)
        << third.err;
    EXPECT_EQ(contents(dir / "m.previous.safetensors"), "precious");
    EXPECT_EQ(contents(dir / "m.previous-2.safetensors"), second);
    EXPECT_NE(contents(out), second);
    EXPECT_EQ(contents(dir / "m.best.previous.safetensors"), "best");
    EXPECT_EQ(contents(dir / "m.best.previous-2.safetensors"), second_best);
}

// ---- Signals, limits, two at once ----

// A step of it takes a moment, all of them hours.
std::vector<std::string> endless(const std::string& data, const std::string& out) {
    return with_value(train_args(data, out, "100000000"), "--batch", "64");
}

TEST_F(Train, AnInterruptSavesAndEndsWith130) {
    for (const auto& [signal, code] : {std::pair(SIGINT, 130), {SIGTERM, 143}}) {
        std::filesystem::remove(out);
        const pid_t pid = start(endless(data, out), dir / "errors");
        ASSERT_TRUE(wait_for_file(dir / "m.safetensors"));
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        ::kill(pid, signal);
        const int status = wait_for(pid);
        EXPECT_TRUE(WIFEXITED(status));
        EXPECT_EQ(WEXITSTATUS(status), code);
        EXPECT_NE(contents(dir / "errors").find("the same command with --resume continues"),
                  std::string::npos)
            << contents(dir / "errors");
        EXPECT_EQ(run_atome({"inspect", out}).code, 0);
    }
}

TEST_F(Train, ASecondInterruptEndsAtOnce) {
    // Steps of many seconds.
    const std::vector<std::string> slow = with_value(train_args(data, out), "--batch", "4096");
    const pid_t pid = start(with(with_value(slow, "--seq", "1024"), {"--threads", "1"}));
    ASSERT_TRUE(wait_for_file(out));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const auto begin = std::chrono::steady_clock::now();
    ::kill(pid, SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::kill(pid, SIGINT);
    const int status = wait_for(pid);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_EQ(run_atome({"inspect", out}).code, 0);
}

TEST_F(Train, TheSecondTrainingOfOneModelIsRefused) {
    const pid_t first = start(endless(data, out));
    ASSERT_TRUE(wait_for_file(out));
    const std::string link = dir / "link.safetensors";
    std::filesystem::create_symlink("m.safetensors", link);
    for (const std::string& name : {out, link})
        for (const char* more : {"--json", "--resume"}) {
            const std::string message = expect_failure(run_atome(with(train_args(data, name), {more})), 1);
            EXPECT_NE(message.find(name + ": another process trains it"), std::string::npos) << message;
        }
    EXPECT_FALSE(std::filesystem::exists(dir / "m.previous.safetensors"));
    // Another model in the same folder is nobody's.
    EXPECT_EQ(run_atome(train_args(data, dir / "other.safetensors", "20")).code, 0);
    // A killed process holds nothing, whatever files it has left.
    ::kill(first, SIGKILL);
    wait_for(first);
    EXPECT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    for (const std::string& file : dir.files()) EXPECT_EQ(file.find(".lock"), std::string::npos) << file;
}

TEST_F(Train, AFileThatMayNotGrowIsAFullDisk) {
    ASSERT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    const std::string before = contents(out);
    const std::string message = expect_failure(
        run_atome(with(train_args(data, out, "20"), {"--json"}), {.file_size = before.size() / 2}), 1);
    EXPECT_NE(message.find(out + ": cannot be written: File too large"), std::string::npos) << message;
    EXPECT_EQ(contents(out), before);
    for (const std::string& file : dir.files()) EXPECT_EQ(file.find(".tmp"), std::string::npos) << file;
}

TEST_F(Train, MemoryThatAWorkerDoesNotGetIsOneLine) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer takes terabytes of addresses";
#endif
    // A gigabyte of attention a worker.
    const std::vector<std::string> large = {
        "train", "--data",    data, "--out",      out, "--model", "vanilla", "--seq",   "2048", "--n-heads",
        "64",    "--d-model", "64", "--n-layers", "1", "--batch", "8",       "--steps", "2",    "--json"};
    for (const char* threads : {"1", "2", "4"}) {
        const RunResult r = run_atome(with(large, {"--threads", threads}), {.memory = uint64_t{700} << 20});
        EXPECT_NE(expect_failure(r, 1).find("out of memory"), std::string::npos) << r.err;
    }
    // Nor can so many threads have their stacks.
    const std::string message =
        expect_failure(run_atome(with(train_args(data, out), {"--threads", "256", "--json"}),
                                 {.memory = uint64_t{700} << 20}),
                       1);
    EXPECT_NE(message.find("256 threads cannot be started"), std::string::npos) << message;
}

TEST_F(Train, AFinishedRunThatIsResumedLogsNoLoss) {
    ASSERT_EQ(run_atome(train_args(data, out, "20")).code, 0);
    const std::string log = dir / "log.jsonl";
    const nlohmann::json again = run_json(with(train_args(data, out, "20"), {"--resume", "--log", log}));
    const nlohmann::json line = nlohmann::json::parse(contents(log));
    EXPECT_EQ(line["step"], 20);
    EXPECT_EQ(line["valid_bpb"], again["valid_bpb"]);
    // No step was made, so no batch has told it.
    EXPECT_FALSE(line.contains("loss")) << line;
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
    // Which of the two would count?
    fails(2, {"train", "--data", data, "--out", out, "--steps", "5", "--minutes", "0.01"}, "--minutes");
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
