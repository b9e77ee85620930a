// atome distill as a user runs it: teachers of every kind, the cache, resumes, bad input.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "atome/corpus/corpus.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

using Words = std::vector<std::string>;

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

class Distill : public testing::Test {
  protected:
    static constexpr std::size_t kBytes = 30000;

    void SetUp() override { write_bytes(data, corpus::write_stories(kBytes, 1)); }

    // A model of a given size; the same arguments give the same one.
    static Words sizes(const std::string& d_model, const std::string& steps) {
        return {"--d-model", d_model, "--n-layers", "1",  "--steps",        steps,
                "--batch",   "4",     "--seq",      "32", "--sample-every", "0"};
    }
    void make_teacher(const std::string& path, const Words& more = {}) {
        const Words kind = more.empty() ? Words{"--d-head", "8"} : more;
        Words words =
            with({"train", "--data", data, "--out", path, "--tokenizer", "bytes"}, sizes("24", "60"));
        if (!more.empty()) words.resize(words.size() - 2);  // a vanilla model gives no samples
        const RunResult r = run_atome(with(words, kind));
        ASSERT_EQ(r.code, 0) << r.err;
    }
    Words student(const std::string& file, const Words& more = {}, const std::string& steps = "20") const {
        return with(
            with({"distill", "--teacher", teacher, "--data", data, "--out", dir / file, "--d-head", "8"},
                 sizes("16", steps)),
            more);
    }
    void refuses(int code, const Words& words, const std::string& says) const {
        const std::string message = expect_failure(run_atome(words), code);
        EXPECT_NE(message.find(says), std::string::npos) << message;
    }

    TempDir dir;
    std::string data = dir / "text.txt";
    std::string teacher = dir / "teacher.safetensors";
    std::string cache = dir / "cache";
};

TEST_F(Distill, LearnsFromModelsOfEveryKind) {
    make_teacher(teacher);
    const nlohmann::json plain = run_json(with({"train", "--data", data, "--out", dir / "plain.safetensors",
                                                "--d-head", "8", "--tokenizer", "bytes"},
                                               sizes("16", "20")));
    const nlohmann::json routed = run_json(student("a.safetensors"));
    EXPECT_EQ(routed["steps"], 20);
    EXPECT_EQ(routed["parameters"], plain["parameters"]);
    EXPECT_NE(routed["digest"], plain["digest"]);
    EXPECT_LT(routed["valid_bpb"].get<double>(), 7.5);
    EXPECT_TRUE(std::filesystem::exists(dir / "a.teacher"));
    EXPECT_FALSE(std::filesystem::exists(dir / "a.teacher.lock"));
    // Without a share for the teacher it is training.
    EXPECT_EQ(run_json(student("b.safetensors", {"--alpha", "0"}))["digest"], plain["digest"]);

    // The codes of a model in its chip's format are the model, but for the last bits of code times scale.
    ASSERT_EQ(run_atome({"export", teacher, "--out", dir / "teacher.atome"}).code, 0);
    teacher = dir / "teacher.atome";
    const nlohmann::json coded = run_json(student("c.safetensors"));
    EXPECT_NEAR(coded["valid_bpb"].get<double>(), routed["valid_bpb"].get<double>(), 5e-3);

    teacher = dir / "vanilla.safetensors";
    make_teacher(teacher, {"--model", "vanilla", "--n-heads", "2", "--d-ff", "32"});
    const nlohmann::json vanilla = run_json(student("d.safetensors"));
    EXPECT_NE(vanilla["digest"], routed["digest"]);
    // A vanilla student of a vanilla teacher.
    Words words = with({"distill", "--teacher", teacher, "--data", data, "--out", dir / "e.safetensors",
                        "--model", "vanilla", "--n-heads", "2", "--d-ff", "16"},
                       sizes("16", "20"));
    words.resize(words.size() - 2);
    EXPECT_EQ(run_json(words)["model"], "vanilla");
}

TEST_F(Distill, TheCacheIsReusedAndThreadsDoNotMatter) {
    make_teacher(teacher);
    const nlohmann::json first = run_json(student("a.safetensors", {"--cache", cache, "--threads", "1"}));
    const auto time = std::filesystem::last_write_time(cache);
    const std::string bytes = contents(cache);
    EXPECT_EQ(run_json(student("b.safetensors", {"--cache", cache}))["digest"], first["digest"]);
    EXPECT_EQ(std::filesystem::last_write_time(cache), time);
    EXPECT_EQ(run_json(student("c.safetensors", {"--threads", "3"}))["digest"], first["digest"]);
    EXPECT_EQ(contents(dir / "c.teacher"), bytes);
    // Alpha and temperature are the student's: the same cache serves.
    EXPECT_NE(run_json(student("d.safetensors", {"--cache", cache, "--temperature", "2"}))["digest"],
              first["digest"]);
}

TEST_F(Distill, TheCacheKeepsToItsBound) {
    make_teacher(teacher);
    const std::string text = contents(data) + contents(data) + contents(data);
    write_bytes(data, text.substr(0, 60000));
    run_json(student("a.safetensors", {"--cache", cache, "--cache-mb", "1"}));
    // Five pairs of three bytes a position; six would not fit.
    EXPECT_EQ(std::filesystem::file_size(cache), 48u + 60000 * 5 * 3);
    run_json(student("b.safetensors"));
    EXPECT_EQ(std::filesystem::file_size(dir / "b.teacher"), 48u + 60000 * 32 * 3);
    write_bytes(data, (text + text).substr(0, 100000));
    refuses(1, student("c.safetensors", {"--cache-mb", "1", "--json"}),
            "1 MB are too few for a text of 100000 tokens: use --cache-mb 2 or more");
    EXPECT_FALSE(std::filesystem::exists(dir / "c.safetensors"));
}

TEST_F(Distill, OtherAndDamagedCachesHaveTheirLine) {
    make_teacher(teacher);
    run_json(student("a.safetensors", {"--cache", cache}));
    const std::string good = contents(cache);
    const auto refused = [&](const std::string& says, const Words& more = {}) {
        refuses(1, student("b.safetensors", with({"--cache", cache, "--json"}, more)), cache + ": " + says);
        EXPECT_FALSE(std::filesystem::exists(dir / "b.safetensors")) << says;
    };
    const auto damaged = [&](std::size_t at, char to) {
        std::string bytes = good;
        bytes[at] = to;
        write_bytes(cache, bytes);
    };
    refused("was made with another bound", {"--cache-mb", "1"});
    write_bytes(cache, good.substr(0, good.size() - 1));
    refused("is cut off at byte " + std::to_string(good.size() - 1));
    write_bytes(cache, good.substr(0, 20));
    refused("is cut off at byte 20");
    write_bytes(cache, good + "x");
    refused("goes on behind its end");
    write_bytes(cache, std::string());
    refused("holds no teacher's opinions");
    damaged(0, 'B');
    refused("holds no teacher's opinions");
    damaged(8, 2);
    refused("is of version 2, not 1");
    // The same byte twice in a record.
    constexpr std::size_t kRecord = 32 * 3, kAt = 48 + 1000 * kRecord;
    damaged(kAt + 3, good[kAt]);
    refused("is damaged at byte " + std::to_string(kAt));
    write_bytes(cache, good);
    const std::string text = contents(data);
    write_bytes(data, text.substr(0, text.size() - 1) + "X");
    refused("is about another text");
    write_bytes(data, text);
    ASSERT_EQ(run_atome({"export", teacher, "--out", dir / "other.atome"}).code, 0);
    teacher = dir / "other.atome";
    refused("is another teacher's");
    EXPECT_EQ(contents(cache), good);
}

TEST_F(Distill, BadInput) {
    refuses(2, {"distill", "--data", data, "--out", dir / "m.safetensors"}, "--teacher");
    refuses(1, student("m.safetensors"), "teacher.safetensors: cannot be opened");
    write_bytes(teacher, std::string("no model"));
    refuses(1, student("m.safetensors"), "teacher.safetensors: ");
    make_teacher(teacher);
    for (const Words& wrong : std::vector<Words>{{"--alpha", "1.5"},
                                                 {"--alpha", "nan"},
                                                 {"--temperature", "0"},
                                                 {"--temperature", "101"},
                                                 {"--cache-mb", "0"},
                                                 {"--cache-mb", "1001"}})
        refuses(2, student("m.safetensors", wrong), wrong[0]);
    refuses(1, student("m.safetensors", {"--vocab-size", "200", "--json"}),
            "knows 256 different tokens, the student 200: use the same --vocab-size");
    refuses(1, student("m.safetensors", {"--cache", dir / "no/such/folder"}), "no/such");
    refuses(1, student("m.safetensors", {"--cache", dir / "m.safetensors"}), "three files");
    refuses(1, student("m.safetensors", {"--cache", teacher}), "three files");
    const std::string before = contents(teacher);
    refuses(1, student("teacher.safetensors"), "three files");
    EXPECT_EQ(contents(teacher), before);
    EXPECT_EQ(dir.files(), (Words{"teacher.best.safetensors", "teacher.previous.safetensors",
                                  "teacher.safetensors", "text.txt"}));
    // train has no use for what is distill's.
    refuses(2, {"train", "--data", data, "--out", dir / "m.safetensors", "--alpha", "0.5"}, "--alpha");
}

// Finite weights whose logits are not: nothing may be learned from them, or kept.
TEST_F(Distill, ATeacherWhoseLogitsAreNotFiniteIsRefused) {
    make_teacher(teacher);
    std::string bytes = contents(teacher);
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    const nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
    const nlohmann::json offsets = header["final_norm.weight"]["data_offsets"];
    const float huge = 3e38f;
    for (std::size_t at = offsets[0]; at < offsets[1]; at += 4)
        std::memcpy(&bytes[8 + length + at], &huge, 4);
    write_bytes(teacher, bytes);
    refuses(1, student("m.safetensors", {"--cache", cache, "--json"}),
            "teacher.safetensors: its prediction of token 1 of the text is not finite");
    EXPECT_EQ(dir.files(), (Words{"teacher.best.safetensors", "teacher.safetensors", "text.txt"}));
}

// The program, killed with SIGKILL once `file` is there.
void start_and_kill(const Words& words, const std::string& file) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::vector<char*> argv{const_cast<char*>(ATOME_PROGRAM)};
        for (const std::string& a : words) argv.push_back(const_cast<char*>(a.c_str()));
        argv.push_back(nullptr);
        if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr)) ::_exit(126);
        ::execv(ATOME_PROGRAM, argv.data());
        ::_exit(127);
    }
    for (int i = 0; i < 2000 && !std::filesystem::exists(file); i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it came to its end before it was killed: make the run longer";
}

TEST_F(Distill, AKilledRunIsResumedToTheSameWeights) {
    make_teacher(teacher);
    const auto args = [&](const std::string& file) {
        return student(file,
                       {"--alpha", "0.5", "--temperature", "2", "--optimizer", "muon", "--save-every", "3"},
                       "300");
    };
    const nlohmann::json never = run_json(args("never.safetensors"));
    start_and_kill(with(args("m.safetensors"), {"--resume"}), dir / "m.safetensors");
    ASSERT_EQ(run_atome({"inspect", dir / "m.safetensors"}).code, 0);
    // Another recipe or another way of training is no continuation.
    refuses(1, with(student("m.safetensors", {"--resume"}), {"--alpha", "0.7"}), "another --");
    refuses(1, {"train", "--data", data, "--out", dir / "m.safetensors", "--resume"}, "use atome distill");
    const nlohmann::json resumed = run_json(with(args("m.safetensors"), {"--resume"}));
    EXPECT_EQ(resumed["digest"], never["digest"]);
    EXPECT_EQ(contents(dir / "m.safetensors"), contents(dir / "never.safetensors"));
    // The options that are the run's own need not be given again.
    EXPECT_EQ(run_json({"distill", "--teacher", teacher, "--data", data, "--out", dir / "m.safetensors",
                        "--resume"})["digest"],
              never["digest"]);

    make_teacher(dir / "plain.safetensors");
    refuses(1,
            {"distill", "--teacher", teacher, "--data", data, "--out", dir / "plain.safetensors", "--resume"},
            "use atome train");
}

TEST_F(Distill, TwoAtOnceShareOneCache) {
    make_teacher(teacher);
    std::vector<RunResult> results(3);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); i++)
        threads.emplace_back([&, i] {
            results[i] = run_atome(
                student(std::to_string(i) + ".safetensors", {"--cache", cache, "--threads", "1", "--json"}));
        });
    for (std::thread& t : threads) t.join();
    for (const RunResult& r : results) {
        ASSERT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(nlohmann::json::parse(r.out)["digest"], nlohmann::json::parse(results[0].out)["digest"]);
    }
    for (const std::string& file : dir.files()) EXPECT_EQ(file.find(".lock"), std::string::npos) << file;
}

}  // namespace
}  // namespace atome::test
