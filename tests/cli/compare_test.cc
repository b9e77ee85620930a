// atome compare as a user runs it: whole sweeps, kills and resumes, changed files, other schedulers.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "atome/corpus/corpus.h"
#include "tests/cli/run_atome.h"

namespace atome::test {
namespace {

using Json = nlohmann::json;

const std::string kDefaults =
    R"("defaults": {"steps": 20, "batch": 4, "seq": 32, "d-model": 16, "d-head": 8, "n-layers": 1})";

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The results but for what the clock said.
Json without_seconds(Json results) {
    for (Json& row : results["rows"]) {
        row.erase("seconds");
        for (Json& run : row["runs"]) run.erase("seconds");
    }
    return results;
}

class Compare : public testing::Test {
  protected:
    void SetUp() override { write_bytes(dir / "text.txt", corpus::write_stories(30000, 1)); }
    void write_sweep(const std::string& json) { write_bytes(sweep, json); }
    Json results(const std::string& folder) { return Json::parse(contents(folder + "/results.json")); }
    std::vector<std::string> command(const std::string& folder) {
        return {"compare", sweep, "--out", folder, "--jobs", "2"};
    }
    // When each job's result was written, by the file's name.
    std::map<std::string, std::filesystem::file_time_type> times(const std::string& folder) {
        std::map<std::string, std::filesystem::file_time_type> found;
        for (const auto& e : std::filesystem::directory_iterator(folder + "/jobs"))
            found[e.path().filename()] = e.last_write_time();
        return found;
    }
    TempDir dir;
    std::string sweep = dir / "sweep.json";
    std::string out = dir / "results";
};

const std::string kRows = R"("rows": [
    {"name": "published kit's recipe", "options": {"seed-recipe": true}},
    {"name": "ours", "options": {"d-model": 24}, "grid": {"lr": [0.003, 0.01]}},
    {"name": "3-gram", "ngram": 2},
    {"name": "xz -9e", "compressor": "xz"}
  ], "baseline": "published kit's recipe")";

std::string small_sweep() {
    return R"({"data": "text.txt", "seeds": [0, 1, 7], /* three */ )" + kDefaults + ",  // small\n" + kRows +
           "}";
}

TEST_F(Compare, ASmallSweepFromEndToEnd) {
    write_sweep(small_sweep());
    const RunResult r = run_atome(command(out));
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, contents(out + "/results.md"));
    const Json all = results(out);
    ASSERT_EQ(all["rows"].size(), 5u);
    const Json &seed = all["rows"][0], &low = all["rows"][1], &high = all["rows"][2], &ngram = all["rows"][3],
               &xz = all["rows"][4];
    EXPECT_EQ(low["name"], "ours, lr 0.003");
    EXPECT_EQ(high["name"], "ours, lr 0.01");
    EXPECT_EQ(seed["runs"].size(), 3u);
    EXPECT_EQ(seed["runs"][2]["seed"], 7);
    EXPECT_EQ(ngram["runs"].size(), 1u);

    // A run is what atome train does with the same options.
    const Json trained = run_json({"train",
                                   "--data",
                                   dir / "text.txt",
                                   "--out",
                                   dir / "m.safetensors",
                                   "--steps",
                                   "20",
                                   "--batch",
                                   "4",
                                   "--seq",
                                   "32",
                                   "--d-model",
                                   "24",
                                   "--d-head",
                                   "8",
                                   "--n-layers",
                                   "1",
                                   "--lr",
                                   "0.01",
                                   "--seed",
                                   "7"});
    const Json& run = high["runs"][2];
    for (const char* figure : {"digest", "valid_bpb", "train_bpb", "parameters", "steps"})
        EXPECT_EQ(run[figure], trained[figure]) << figure;
    const Json exported = run_json({"export", dir / "m.safetensors", "--out", dir / "m.atome"});
    const Json fit = run_json({"fit", dir / "m.safetensors"});
    EXPECT_EQ(high["flash_bytes"], fit["flash"]["trit5"]);

    // The statistics are those of the runs.
    double mean = 0, difference = 0;
    for (int i = 0; i < 3; i++) {
        mean += high["runs"][i]["valid_bpb"].get<double>() / 3;
        difference +=
            (high["runs"][i]["valid_bpb"].get<double>() - seed["runs"][i]["valid_bpb"].get<double>()) / 3;
    }
    EXPECT_NEAR(high["valid_bpb"]["mean"].get<double>(), mean, 1e-12);
    EXPECT_NEAR(high["difference"]["mean"].get<double>(), difference, 1e-12);
    const double half = high["difference"]["high"].get<double>() - difference;
    EXPECT_NEAR(half, 4.30265272975 * high["difference"]["deviation"].get<double>() / std::sqrt(3.0), 1e-9);
    EXPECT_TRUE(seed["difference"].is_null());

    EXPECT_LT(ngram["valid_bpb"]["mean"].get<double>(), 5);
    EXPECT_GT(ngram["flash_bytes"].get<int>(), 1000);
    EXPECT_TRUE(ngram["valid_bpb"]["deviation"].is_null());
    EXPECT_EQ(ngram["difference"]["n"], 3);
    EXPECT_LT(xz["valid_bpb"]["mean"].get<double>(), 5);

    // Again: nothing is run, and the table is the same.
    const auto before = times(out);
    EXPECT_EQ(run_atome(command(out)).out, r.out);
    EXPECT_EQ(times(out), before);
    EXPECT_EQ(run_json(command(out)), all);
}

TEST_F(Compare, AChangedFileRunsWhatHasChanged) {
    const auto write = [&](const std::string& rows) {
        write_sweep(R"({"data": "text.txt", "seeds": [0, 1], )" + kDefaults + R"(, "rows": [)" + rows + "]}");
    };
    write(R"({"name": "a"}, {"name": "b", "options": {"lr": 0.002}})");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    auto before = times(out);
    EXPECT_EQ(before.size(), 4u);
    // Renamed, in another order, one changed, one new: the changed one and the new one run.
    write(
        R"({"name": "c", "options": {"n-layers": 2}}, {"name": "b", "options": {"lr": 0.004}}, {"name": "z"})");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    auto after = times(out);
    EXPECT_EQ(after.size(), 8u);
    for (const auto& [file, time] : before) EXPECT_EQ(after[file], time);
    EXPECT_EQ(results(out)["rows"][2]["done"], 2);
    // Another text: all of them.
    write_bytes(dir / "text.txt", corpus::write_stories(30000, 2));
    ASSERT_EQ(run_atome(command(out)).code, 0);
    EXPECT_EQ(times(out).size(), 14u);
}

TEST_F(Compare, ARunThatDivergesIsARowOfTheTable) {
    write_sweep(R"({"data": "text.txt", "seeds": [0, 1], )" + kDefaults + R"(, "baseline": "ours", "rows": [
        {"name": "ours"},
        {"name": "wild", "options": {"quantizer": "none", "lr": 10, "clip": 0, "beta2": 0, "eps": 1e-30,
                                     "warmup": 0, "schedule": "constant"}}]})");
    const RunResult r = run_atome(command(out));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("2 diverged"), std::string::npos) << r.out;
    const Json wild = results(out)["rows"][1];
    EXPECT_EQ(wild["diverged"], 2);
    EXPECT_TRUE(wild["valid_bpb"].is_null());
    EXPECT_NE(wild["runs"][0]["message"].get<std::string>().find("finite"), std::string::npos);
    const auto before = times(out);
    EXPECT_EQ(run_atome(command(out)).code, 0);
    EXPECT_EQ(times(out), before);
}

TEST_F(Compare, AJobThatFailsStopsNoOther) {
    write_sweep(R"({"data": "text.txt", "seeds": [0], )" + kDefaults + R"(, "rows": [
        {"name": "impossible", "options": {"vocab-size": 50}}, {"name": "ours"}]})");
    const RunResult r = run_atome(command(out));
    EXPECT_EQ(r.code, 1);
    EXPECT_NE(r.err.find("atome: 1 of 2 jobs failed; the first: job 0 (impossible, seed 0) failed"),
              std::string::npos)
        << r.err;
    EXPECT_NE(r.err.find("vocabulary"), std::string::npos) << r.err;
    EXPECT_NE(r.out.find("| impossible |  |  |  |  |  |  |  | 0, 1 failed |"), std::string::npos) << r.out;
    EXPECT_EQ(results(out)["rows"][1]["done"], 1);
}

TEST_F(Compare, ValidationTextOfItsOwn) {
    write_bytes(dir / "valid.txt", corpus::write_stories(5000, 9));
    write_sweep(R"({"data": {"train": "text.txt", "valid": ["valid.txt"]}, "seeds": [0], )" + kDefaults +
                R"(, "rows": [{"name": "ours"}, {"name": "2-gram", "ngram": 1}]})");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    const Json rows = results(out)["rows"];
    const std::string model =
        out + "/models/" + rows[0]["runs"][0]["key"].get<std::string>() + ".safetensors";
    const Json eval = run_json({"eval", model, "--data", dir / "valid.txt", "--seq", "32"});
    EXPECT_NEAR(rows[0]["valid_bpb"]["mean"].get<double>(), eval["bpb"].get<double>(), 1e-4);
    // No more of the text: another result.
    write_sweep(
        R"({"data": {"train": "text.txt", "valid": ["valid.txt"]}, "first_bytes": 3000, "seeds": [0], )" +
        kDefaults + R"(, "rows": [{"name": "2-gram", "ngram": 1}]})");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    EXPECT_NE(results(out)["rows"][0]["valid_bpb"], rows[1]["valid_bpb"]);
}

TEST_F(Compare, AVanillaModelIsRoundedWithoutBeingTrainedAgain) {
    const auto write = [&](const std::string& more) {
        write_sweep(R"({"data": "text.txt", "seeds": [0, 1], "baseline": "vanilla", "defaults": {"steps": 20,
            "tokenizer": "bytes", "batch": 4, "seq": 32, "d-model": 16, "n-layers": 1}, "rows": [{"name": "routed"},
            {"name": "vanilla", "options": {"model": "vanilla", "n-heads": 2, "d-ff": 16})" +
                    more + "}]}");
    };
    write("");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    const Json before = results(out)["rows"];
    ASSERT_EQ(before.size(), 2u);
    write(R"(, "round": ["int8", "int4"])");
    const RunResult r = run_atome(command(out));
    ASSERT_EQ(r.code, 0) << r.err;
    const Json rows = results(out)["rows"];
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[2]["name"], "vanilla, int8");
    EXPECT_EQ(rows[3]["name"], "vanilla, int4");
    EXPECT_EQ(rows[1]["valid_bpb"], before[1]["valid_bpb"]);
    EXPECT_EQ(rows[1]["seconds"], before[1]["seconds"]);
    EXPECT_EQ(rows[1]["runs"][0]["digest"], before[1]["runs"][0]["digest"]);
    EXPECT_EQ(rows[1]["flash_bytes"].get<int>(), 4 * rows[1]["parameters"].get<int>());
    EXPECT_LT(rows[2]["flash_bytes"], rows[1]["flash_bytes"]);
    EXPECT_LT(rows[3]["flash_bytes"], rows[2]["flash_bytes"]);
    EXPECT_NEAR(rows[2]["difference"]["mean"].get<double>(), 0, 0.01);
    EXPECT_EQ(rows[3]["difference"]["n"], 2);

    // What atome eval says of the same model.
    const std::string text = contents(dir / "text.txt");
    const std::size_t chunks = text.size() / 32,
                      train = static_cast<std::size_t>(0.9 * static_cast<double>(chunks) + 1e-3);
    write_bytes(dir / "valid.txt", text.substr(train * 32, (chunks - train) * 32));
    const std::string model =
        out + "/models/" + rows[1]["runs"][0]["key"].get<std::string>() + ".safetensors";
    const Json eval =
        run_json({"eval", model, "--data", dir / "valid.txt", "--seq", "32", "--round", "int4"});
    EXPECT_DOUBLE_EQ(rows[3]["runs"][0]["valid_bpb"].get<double>(), eval["bpb"].get<double>());
    EXPECT_EQ(rows[3]["flash_bytes"], eval["weight_bytes"]);

    // Rounding may be the baseline.
    write(R"(, "round": ["int8"]}, {"name": "other", "options": {"lr": 0.02})");
    std::string json = contents(sweep);
    json.replace(json.find("\"baseline\": \"vanilla\""), 21, "\"baseline\": \"vanilla, int8\"");
    write_sweep(json);
    ASSERT_EQ(run_atome(command(out)).code, 0);
    EXPECT_EQ(results(out)["rows"][0]["difference"]["n"], 2);
    EXPECT_TRUE(results(out)["rows"][2]["difference"].is_null());
}

TEST_F(Compare, PairsAndBytesStandInOneTable) {
    const auto write = [&](const std::string& defaults) {
        write_sweep(R"({"data": "text.txt", "seeds": [3], "defaults": {"steps": 20, "batch": 4, "seq": 16,
            "d-model": 16, "n-layers": 1, "valid-seq": 32)" +
                    defaults + R"(}, "rows": [
            {"name": "bytes", "options": {"tokenizer": "bytes"}}, {"name": "recipe"},
            {"name": "pairs", "options": {"tokenizer": "pairs"}},
            {"name": "vanilla", "options": {"model": "vanilla", "n-heads": 2, "d-ff": 16, "seq": 32, "tokenizer": "pairs"},
             "round": ["int8"]},
            {"name": "2-gram", "ngram": 1}, {"name": "2-gram of pairs", "ngram": 1, "tokenizer": "pairs"}]})");
    };
    write("");
    const RunResult r = run_atome(command(out));
    ASSERT_EQ(r.code, 0) << r.err;
    const Json rows = results(out)["rows"];
    ASSERT_EQ(rows.size(), 7u);
    const char* tokenizers[] = {"bytes", "pairs", "pairs", "pairs", "pairs", "bytes", "pairs"};
    for (std::size_t i = 0; i < rows.size(); i++) {
        EXPECT_EQ(rows[i]["tokenizer"], tokenizers[i]) << i;
        const double size = rows[i]["bytes_per_token"].get<double>();
        if (rows[i]["tokenizer"] == "bytes")
            EXPECT_EQ(size, 1) << i;
        else
            EXPECT_GT(size, 1.5) << i;
    }
    // The vocabulary lies in flash too, rounded or not: some 3 + n + 2 m bytes.
    const auto table = rows[3]["flash_bytes"].get<int>() - 4 * rows[3]["parameters"].get<int>();
    EXPECT_GT(table, 256);
    EXPECT_LT(table, 3 + 2 * 256);
    EXPECT_EQ(
        rows[4]["flash_bytes"].get<int>() - table,
        run_json({"eval", out + "/models/" + rows[3]["runs"][0]["key"].get<std::string>() + ".safetensors",
                  "--data", dir / "text.txt", "--seq-bytes", "16", "--round", "int8"})["weight_bytes"]);
    // What automatic takes is what pairs are: one result under two keys.
    EXPECT_EQ(rows[1]["runs"][0]["digest"], rows[2]["runs"][0]["digest"]);
    EXPECT_LT(rows[6]["valid_bpb"]["mean"], rows[5]["valid_bpb"]["mean"]);

    // All are measured on the same chunks: those of --valid-seq.
    const std::string text = contents(dir / "text.txt");
    const std::size_t chunks = text.size() / 32,
                      train = static_cast<std::size_t>(0.9 * static_cast<double>(chunks) + 1e-3);
    write_bytes(dir / "valid.txt", text.substr(train * 32, (chunks - train) * 32));
    const auto eval = [&](const Json& row, const std::vector<std::string>& more) {
        std::vector<std::string> words = {
            "eval",        out + "/models/" + row["runs"][0]["key"].get<std::string>() + ".safetensors",
            "--data",      dir / "valid.txt",
            "--seq-bytes", "32"};
        words.insert(words.end(), more.begin(), more.end());
        return run_json(words)["bpb"].get<double>();
    };
    EXPECT_NEAR(rows[0]["valid_bpb"]["mean"].get<double>(), eval(rows[0], {}), 1e-4);
    EXPECT_NEAR(rows[2]["valid_bpb"]["mean"].get<double>(), eval(rows[2], {}), 1e-4);
    EXPECT_NEAR(rows[3]["valid_bpb"]["mean"].get<double>(), eval(rows[3], {}), 1e-4);
    EXPECT_DOUBLE_EQ(rows[4]["valid_bpb"]["mean"].get<double>(), eval(rows[3], {"--round", "int8"}));

    // Saying bytes where they were taken anyway is no other job; saying pairs is.
    const auto before = times(out);
    write(R"(, "tokenizer": "bytes")");
    ASSERT_EQ(run_atome(command(out)).code, 0);
    const Json again = results(out)["rows"];
    EXPECT_EQ(times(out).size(), before.size());  // "recipe" is "bytes" now
    EXPECT_EQ(again[1]["runs"][0]["key"], rows[0]["runs"][0]["key"]);
    EXPECT_EQ(again[6]["valid_bpb"], rows[6]["valid_bpb"]);
}

TEST_F(Compare, AnNgramTakesBytesOrPairs) {
    const auto refusal = [&](const std::string& row) {
        write_sweep(R"({"data": "text.txt", "seeds": [0], "rows": [)" + row + "]}");
        return expect_failure(run_atome(command(out)), 1);
    };
    EXPECT_NE(refusal(R"({"name": "n", "ngram": 1, "tokenizer": "auto"})").find("use \"bytes\" or \"pairs\""),
              std::string::npos);
    EXPECT_NE(refusal(R"({"name": "n", "ngram": 1, "tokenizer": 3})").find("tokenizer is 3"),
              std::string::npos);
    EXPECT_NE(
        refusal(R"({"name": "x", "compressor": "xz", "tokenizer": "pairs"})").find("nothing but its name"),
        std::string::npos);
}

// ---- Teachers ----

class CompareTaught : public Compare {
  protected:
    void SetUp() override {
        Compare::SetUp();
        ASSERT_EQ(run_atome({"train", "--data", dir / "text.txt", "--out", dir / "teacher.safetensors",
                             "--steps", "60", "--d-model", "24", "--n-layers", "1", "--batch", "4"})
                      .code,
                  0);
    }
    std::string rows(const std::string& more = "") {
        return R"({"data": "text.txt", "seeds": [0, 1], )" + kDefaults + R"(, "baseline": "alone", "rows": [
            {"name": "alone"},
            {"name": "taught", "teacher": {"model": "teacher.safetensors")" +
               more + R"(}, "grid": {"alpha": [0.5, 0.9]}, "options": {"temperature": 2}}]})";
    }
    std::vector<std::string> caches(const std::string& folder) {
        std::vector<std::string> names;
        for (const auto& e : std::filesystem::directory_iterator(folder)) names.push_back(e.path());
        return names;
    }
};

TEST_F(CompareTaught, ATeacherOfOtherTokensShowsBeforeAnyJob) {
    std::string json = rows();
    json.replace(json.find(R"("temperature": 2)"), 16, R"("temperature": 2, "tokenizer": "bytes")");
    write_sweep(json);
    EXPECT_NE(expect_failure(run_atome(command(out)), 1).find("its tokens are pairs, and a student's are"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(CompareTaught, SeedsAndRowsShareOneCacheAndAreWhatDistillDoes) {
    write_sweep(rows());
    const RunResult r = run_atome({"compare", sweep, "--out", out, "--jobs", "4"});
    ASSERT_EQ(r.code, 0) << r.err;
    const Json all = results(out)["rows"];
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[1]["name"], "taught, alpha 0.5");
    EXPECT_TRUE(all[0]["teacher"].is_null());
    EXPECT_EQ(all[1]["teacher"], dir / "teacher.safetensors");
    const std::vector<std::string> made = caches(out + "/teachers");
    ASSERT_EQ(made.size(), 1u);

    const auto distill = [&](const std::string& alpha) {
        return run_json({"distill",
                         "--teacher",
                         dir / "teacher.safetensors",
                         "--data",
                         dir / "text.txt",
                         "--out",
                         dir / ("m" + alpha + ".safetensors"),
                         "--steps",
                         "20",
                         "--batch",
                         "4",
                         "--seq",
                         "32",
                         "--d-model",
                         "16",
                         "--d-head",
                         "8",
                         "--n-layers",
                         "1",
                         "--seed",
                         "1",
                         "--alpha",
                         alpha,
                         "--temperature",
                         "2"});
    };
    EXPECT_EQ(all[1]["runs"][1]["digest"], distill("0.5")["digest"]);
    EXPECT_EQ(all[2]["runs"][1]["digest"], distill("0.9")["digest"]);
    EXPECT_EQ(contents(made[0]), contents(dir / "m0.5.teacher"));
    // 0.9 is what distill takes where alpha is not given.
    std::string json = rows();
    json.replace(json.find(R"("grid": {"alpha": [0.5, 0.9]}, )"), 31, "");
    write_sweep(json);
    ASSERT_EQ(run_atome({"compare", sweep, "--out", dir / "default"}).code, 0);
    EXPECT_EQ(results(dir / "default")["rows"][1]["runs"][1]["digest"], all[2]["runs"][1]["digest"]);

    // Jobs leave their model, and neither the best one nor locks.
    for (const auto& e : std::filesystem::directory_iterator(out + "/models")) {
        EXPECT_EQ(e.path().extension(), ".safetensors") << e.path();
        EXPECT_EQ(e.path().stem().string().size(), 16u) << e.path();
    }

    // Another teacher: the rows that have it run again.
    write_sweep(rows());
    const auto before = times(out);
    ASSERT_EQ(run_atome({"train", "--data", dir / "text.txt", "--out", dir / "teacher.safetensors", "--steps",
                         "30", "--d-model", "24", "--n-layers", "1", "--batch", "4"})
                  .code,
              0);
    ASSERT_EQ(run_atome(command(out)).code, 0);
    auto after = times(out);
    EXPECT_EQ(after.size(), before.size() + 4);
    for (const auto& [file, time] : before) EXPECT_EQ(after[file], time);
    EXPECT_EQ(caches(out + "/teachers").size(), 2u);
    EXPECT_NE(results(out)["rows"][1]["runs"][0]["digest"], all[1]["runs"][0]["digest"]);
}

TEST_F(CompareTaught, ACacheOfItsOwnAndEveryMistake) {
    write_sweep(rows(R"(, "cache": "opinions")"));
    ASSERT_EQ(run_atome(command(out)).code, 0);
    EXPECT_TRUE(std::filesystem::exists(dir / "opinions"));
    EXPECT_TRUE(caches(out + "/teachers").empty());

    const auto refuses = [&](const std::string& row, const std::string& says) {
        write_sweep(R"({"data": "text.txt", "seeds": [0], "rows": [{"name": "a", )" + row + "}]}");
        const std::string message = expect_failure(run_atome(command(dir / "none")), 1);
        EXPECT_NE(message.find(says), std::string::npos) << row << "\n" << message;
        EXPECT_FALSE(std::filesystem::exists(dir / "none")) << row;
    };
    refuses(R"("teacher": "teacher.safetensors")", "row 'a': teacher: is no JSON object");
    refuses(R"("teacher": {})", "teacher: \"model\" is missing");
    refuses(R"("teacher": {"model": 3})", "teacher: model is 3: use a file name");
    refuses(R"("teacher": {"model": "teacher.safetensors", "cache": ""})", "cache is \"\": use a file name");
    refuses(R"("teacher": {"model": "teacher.safetensors", "alpha": 1})",
            "unknown key \"alpha\": use model, cache");
    refuses(R"("teacher": {"model": "absent.safetensors"})", "absent.safetensors: cannot be opened");
    refuses(R"("options": {"alpha": 0.5})", "row 'a': --alpha is for rows with a \"teacher\"");
    refuses(R"("options": {"temperature": 2})", "--temperature is for rows");
    refuses(R"("options": {"alpha": 2}, "teacher": {"model": "teacher.safetensors"})",
            "row 'a': --alpha is '2'");
    refuses(R"("ngram": 2, "teacher": {"model": "teacher.safetensors"})", "nothing but its name");
}

// ---- Kills ----

// Jobs of about a second, which save after every step; sanitizers make a step ten times as long.
#ifdef ATOME_SANITIZE
constexpr int kLongerSteps = 30;
#else
constexpr int kLongerSteps = 120;
#endif
std::string longer_sweep(int steps = kLongerSteps) {
    return R"({"data": "text.txt", "seeds": [0, 1], "defaults": {"steps": )" + std::to_string(steps) +
           R"(, "batch": 8, "seq": 32, "d-model": 32,
        "d-head": 8, "n-layers": 2, "save-every": 1}, "rows": [{"name": "a"}, {"name": "b", "options": {"lr": 0.003}},
        {"name": "2-gram", "ngram": 1}], "baseline": "a"})";
}

// The program in a process group of its own.
pid_t start(const std::vector<std::string>& args, const std::string& errors) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::setpgid(0, 0);
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

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST_F(Compare, KilledAndCalledAgainEndsWithTheSameNumbers) {
    write_sweep(longer_sweep());
    ASSERT_EQ(run_atome(command(dir / "never")).code, 0);
    int kills = 0, ms = 30;
    for (int attempt = 0; attempt < 40 && kills < 6; attempt++, ms += 37) {
        const pid_t pid = start(command(out), dir / "err");
        sleep_ms(ms % 400 + 10);
        int status = 0;
        if (::waitpid(pid, &status, WNOHANG) == 0) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, &status, 0);
            kills++;
        } else {
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            break;
        }
    }
    EXPECT_GE(kills, 1);
    const RunResult r = run_atome(command(out));
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(without_seconds(results(out)), without_seconds(results(dir / "never")));
}

TEST_F(Compare, JobsThatAreKilledRunAgain) {
    write_sweep(longer_sweep());
    const pid_t job = start({"compare", sweep, "--out", out, "--job", "0"}, dir / "err");
    sleep_ms(150);
    ::kill(job, SIGKILL);
    int status = 0;
    ::waitpid(job, &status, 0);
    ASSERT_EQ(run_atome(command(out)).code, 0);
    ASSERT_EQ(run_atome(command(dir / "never")).code, 0);
    EXPECT_EQ(without_seconds(results(out)), without_seconds(results(dir / "never")));
}

TEST_F(Compare, AnInterruptStopsTheJobsAndSaysHowToGoOn) {
    write_sweep(longer_sweep(100'000));
    const pid_t pid = start(command(out), dir / "err");
    // Both jobs have saved something.
    const auto models = [&] {
        int n = 0;
        if (std::filesystem::exists(out + "/models"))
            for (const auto& e : std::filesystem::directory_iterator(out + "/models"))
                n += e.path().extension() == ".safetensors";
        return n;
    };
    for (int i = 0; i < 500 && models() < 2; i++) sleep_ms(10);
    ASSERT_EQ(models(), 2);
    ::kill(pid, SIGINT);
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 130);
    const std::string errors = contents(dir / "err");
    EXPECT_NE(errors.find("stopped with 0 of 5 jobs finished: the same command continues"), std::string::npos)
        << errors;
    // The jobs have ended: what they say last is where they stand, and their files are whole.
    int saved = 0;
    for (const auto& e : std::filesystem::directory_iterator(out + "/logs"))
        saved += contents(e.path()).find("stopped at step") != std::string::npos;
    EXPECT_EQ(saved, 2);
    EXPECT_TRUE(times(out).empty());
}

// ---- Other schedulers ----

int shell(const std::string& line) {
    const int status = std::system(("bash -c '" + line + "'").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Compare, GnuParallelAndSlurmGiveTheSameNumbers) {
    write_sweep(small_sweep());
    ASSERT_EQ(run_atome(command(dir / "direct")).code, 0);
    const Json expected = without_seconds(results(dir / "direct"));

    // As Slurm does it: the same script once a task, with the task's number in the environment. The folder's
    // name wants quoting.
    const std::string by_slurm = dir / "by slurm & co";
    const RunResult script = run_atome({"compare", sweep, "--out", by_slurm, "--expand", "slurm"});
    ASSERT_EQ(script.code, 0) << script.err;
    EXPECT_EQ(script.out.rfind("#!/bin/bash\n#SBATCH ", 0), 0u);
    EXPECT_NE(script.out.find("#SBATCH --array=0-10\n"), std::string::npos) << script.out;
    write_bytes(dir / "array.sh", script.out);
    const std::string task =
        "SLURM_ARRAY_TASK_ID=$i bash " + (dir / "array.sh") + " >>" + (dir / "log") + " 2>&1";
    ASSERT_EQ(shell("for i in {0..9}; do " + task + " || exit 1; done"), 0) << contents(dir / "log");
    const std::string missing =
        expect_failure(run_atome({"compare", sweep, "--out", by_slurm, "--gather"}), 1, true);
    EXPECT_NE(missing.find("1 of 11 jobs are missing: 10"), std::string::npos) << missing;
    ASSERT_EQ(shell("i=10; " + task), 0);
    ASSERT_EQ(run_atome({"compare", sweep, "--out", by_slurm, "--gather"}).code, 0);
    EXPECT_EQ(without_seconds(results(by_slurm)), expected);

    if (shell("parallel --version >" + (dir / "log") + " 2>&1") != 0)
        GTEST_SKIP() << "GNU parallel is not installed: its list is not tested (apt-get install parallel)";
    const std::string by_parallel = dir / "by \"parallel\" $HOME";
    const RunResult list = run_atome({"compare", sweep, "--out", by_parallel, "--expand", "parallel"});
    ASSERT_EQ(list.code, 0) << list.err;
    write_bytes(dir / "list.txt", list.out);
    ASSERT_EQ(shell("parallel -j 2 <" + (dir / "list.txt") + " >" + (dir / "log") + " 2>&1"), 0)
        << contents(dir / "log");
    ASSERT_EQ(run_atome({"compare", sweep, "--out", by_parallel, "--gather"}).code, 0);
    EXPECT_EQ(without_seconds(results(by_parallel)), expected);
}

// ---- Bad input ----

TEST_F(Compare, EveryMistakeHasItsLine) {
    const auto refuses = [&](const std::string& json, const std::string& says) {
        write_sweep(json);
        const std::string message = expect_failure(run_atome(command(out)), 1);
        EXPECT_NE(message.find(says), std::string::npos) << json << "\n" << message;
        EXPECT_NE(message.find(".json"), std::string::npos) << message;
        EXPECT_FALSE(std::filesystem::exists(out)) << json;
    };
    const auto rows = [](const std::string& list, const std::string& more = "") {
        return R"({"data": "text.txt", "seeds": [0], "rows": [)" + list + "]" + more + "}";
    };
    const auto row = [&](const std::string& more) { return rows(R"({"name": "a", )" + more + "}"); };
    refuses("", "parse error");
    refuses("{\"data\": \"text.txt\",\n \"seeds\": [0,], \"rows\": []}", "line 2");
    refuses("[]", "no JSON object");
    refuses("{}", "\"data\" is missing");
    refuses(R"({"data": "text.txt", "data": "text.txt"})", "\"data\" stands twice");
    refuses(R"({"data": 3})", "use a file name");
    refuses(R"({"data": []})", "is empty");
    refuses(R"({"data": {"train": "text.txt"}})", "\"valid\" is missing");
    refuses(R"({"data": {"train": "text.txt", "valid": "text.txt", "test": "text.txt"}})",
            "unknown key \"test\"");
    refuses(R"({"data": "text.txt", "sedes": [0]})", "unknown key \"sedes\": use data, first_bytes, seeds");
    refuses(R"({"data": "text.txt", "first_bytes": 1})", "first_bytes: is 1: use a whole number 2..");
    refuses(R"({"data": "text.txt"})", "seeds: use a list");
    refuses(R"({"data": "text.txt", "seeds": []})", "seeds: use a list");
    refuses(R"({"data": "text.txt", "seeds": [0, -1]})", "seeds: is -1");
    refuses(R"({"data": "text.txt", "seeds": [0.5]})", "seeds: is 0.5");
    refuses(R"({"data": "text.txt", "seeds": [3, 3]})", "3 stands there twice");
    refuses(R"({"data": "text.txt", "seeds": [0]})", "rows: use a list");
    refuses(rows(""), "rows: use a list");
    refuses(rows("{}"), "row 1: has no name");
    refuses(rows(R"({"name": "a"}, {"name": ""})"), "row 2: has no name");
    refuses(rows(R"({"name": "a"}, {"name": "a"})"), "row 'a': there are two rows of that name");
    refuses(rows(R"({"name": "a"})", R"(, "baseline": "b")"), "baseline is \"b\": use the name of a row: a");
    refuses(rows(R"({"name": "a"})", R"(, "baseline": 1)"), "baseline is 1");
    refuses(rows(R"({"name": "a"})", R"(, "defaults": 1)"), "defaults: is no object");
    refuses(rows(R"({"name": "a"})", R"(, "defaults": {"lrr": 1})"), "no option --lrr");
    refuses(row(R"("lr": 1)"), "row 'a': unknown key \"lr\": use name, options, grid");
    refuses(row(R"("options": [])"), "row 'a': options: is no object");
    refuses(row(R"("options": {"lrr": 1})"), "row 'a': options: atome train has no option --lrr");
    refuses(row(R"("options": {"seed": 1})"), "'seed': it is the sweep's \"seeds\"");
    refuses(row(R"("options": {"data": "x"})"), "'data': it is the sweep's own");
    refuses(row(R"("options": {"out": "x"})"), "'out': atome compare sets it itself");
    refuses(row(R"("options": {"help": true})"), "'help'");
    refuses(row(R"("options": {"minutes": 1})"), "use \"steps\"");
    refuses(row(R"("options": {"lr": "x"})"), "row 'a': --lr is 'x'");
    refuses(row(R"("options": {"lr": -1})"), "row 'a': --lr is '-1'");
    refuses(row(R"("options": {"steps": 2.5})"), "row 'a': --steps is '2.5'");
    refuses(row(R"("options": {"lr": true})"), "'lr' is true: use a number");
    refuses(row(R"("options": {"lr": {}})"), "'lr' is {}: use a number");
    refuses(row(R"("options": {"exact": 1})"), "'exact' is 1: use true or false");
    refuses(row(R"("options": {"schedule": "linear"})"), "use constant, cosine or wsd");
    refuses(row(R"("options": {"warmup": 5000, "steps": 10})"), "row 'a': warmup is 5000");
    refuses(row(R"("options": {"valid-share": 0})"), "leaves no validation text");
    refuses(row(R"("options": {"n-layers": 2, "disable-pathways": "local,state,sparse"})"), "row 'a': ");
    refuses(row(R"("round": ["int8"])"), "row 'a': round is for vanilla models");
    refuses(row(R"("options": {"model": "vanilla"}, "round": "int8")"), "round: is \"int8\": use a list");
    refuses(row(R"("options": {"model": "vanilla"}, "round": ["int2"])"), "use \"int8\" or \"int4\"");
    refuses(row(R"("options": {"model": "vanilla"}, "round": ["int8", "int8"])"), "stands there twice");
    refuses(row(R"("options": {"model": "vanilla", "n-heads": 3})"), "row 'a': ");
    refuses(row(R"("options": {"n-heads": 2})"), "row 'a': ");
    refuses(row(R"("grid": {"lr": 0.1})"), "grid: 'lr' is 0.1: use a list");
    refuses(row(R"("grid": {"lr": []})"), "grid: 'lr' is []: use a list");
    refuses(row(R"("grid": {"lrr": [1]})"), "grid: atome train has no option --lrr");
    refuses(row(R"("grid": {"lr": [0.1, "x"]})"), "row 'a, lr x': --lr is 'x'");
    refuses(row(R"("grid": {"lr": [0.1, 0.1]})"), "row 'a, lr 0.1': there are two rows");
    refuses(row(R"("options": {"lr": 1}, "grid": {"lr": [0.1]})"), "'lr' is among the options too");
    refuses(row(R"("ngram": 7)"), "ngram (tokens of context): is 7: use a whole number 0..6");
    refuses(row(R"("ngram": "5")"), "use a whole number 0..6");
    refuses(row(R"("ngram": 2, "options": {})"), "nothing but its name");
    refuses(row(R"("compressor": "zip")"), "compressor is \"zip\": use \"xz\"");
    write_sweep(R"({"data": "absent.txt", "seeds": [0], "rows": [{"name": "a"}]})");
    EXPECT_NE(expect_failure(run_atome(command(out)), 1).find("absent.txt: cannot be opened"),
              std::string::npos);
    write_bytes(dir / "one.txt", std::string("a"));
    write_sweep(R"({"data": "one.txt", "seeds": [0], "rows": [{"name": "a"}]})");
    EXPECT_NE(expect_failure(run_atome(command(out)), 1).find("one.txt: at least 2 bytes"),
              std::string::npos);
    EXPECT_NE(
        expect_failure(run_atome({"compare", dir / "absent.json", "--out", out}), 1).find("absent.json"),
        std::string::npos);

    write_sweep(small_sweep());
    expect_failure(run_atome({"compare", sweep, "--out", dir / "text.txt"}), 1);
    EXPECT_NE(expect_failure(run_atome({"compare", sweep, "--out", out, "--job", "11"}), 1)
                  .find("--job is 11: there are jobs 0..10"),
              std::string::npos);
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"compare"},
                                               {"compare", sweep},
                                               {"compare", sweep, "--out", out, "--job", "x"},
                                               {"compare", sweep, "--out", out, "--jobs", "0"},
                                               {"compare", sweep, "--out", out, "--expand", "make"},
                                               {"compare", sweep, "--out", out, "--gather", "--job", "1"}})
        expect_failure(run_atome(wrong), 2);
}

TEST_F(Compare, OneJobAndADamagedResult) {
    write_sweep(small_sweep());
    const Json job = run_json({"compare", sweep, "--out", out, "--job", "0"});
    EXPECT_EQ(job["status"], "done");
    const std::string file = out + "/jobs/" + times(out).begin()->first;
    EXPECT_EQ(Json::parse(contents(file))["digest"], job["digest"]);
    write_bytes(file, std::string("{}"));
    EXPECT_NE(expect_failure(run_atome(command(out)), 1).find("is no result of a job: remove it"),
              std::string::npos);
}

}  // namespace
}  // namespace atome::test
