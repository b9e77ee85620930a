// The tables of checkpoints/RESULTS.md (made by checkpoints/make_pages.py) are those of the sweeps, and the
// small ones come out again.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "native/io/files.h"
#include "tests/cli/run_atome.h"
#include "tests/shared.h"

namespace atome::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kFolder = ATOME_CHECKPOINTS_DIR;

// Names of the sweeps that have results.
std::vector<std::string> sweeps() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kFolder / "sweeps")) names.push_back(entry.path().stem());
    return names;
}

// The text of every table.
constexpr const char* kText = "data/tinystories_train.txt";

TEST(Results, EverySweepIsOnThePage) {
    const std::string page = cli::read_text(kFolder / "RESULTS.in.md");
    EXPECT_FALSE(sweeps().empty());
    for (const std::string& name : sweeps())
        EXPECT_NE(page.find("@table " + name + "\n"), std::string::npos) << name;
}

TEST(Results, EveryRunOfATableIsListed) {
    for (const std::string& name : sweeps()) {
        const Json results = Json::parse(cli::read_text(kFolder / "results" / (name + ".json")));
        const std::string table = cli::read_text(kFolder / "results" / (name + ".md"));
        for (const Json& row : results["rows"]) {
            EXPECT_NE(table.find("| " + row["name"].get<std::string>() + " |"), std::string::npos)
                << row["name"];
            EXPECT_FALSE(row["runs"].empty()) << row["name"];
        }
    }
}

// A job's key is of all that its result depends on: so these tables are what the sweeps say today.
TEST(Results, EveryRunIsStillTheOneThatItsSweepAsksFor) {
    ATOME_NEEDS_SHARED(kText);
    const TempDir dir;
    for (const std::string& name : sweeps()) {
        const std::string out = dir / name;
        const RunResult run =
            run_atome({"compare", kFolder / "sweeps" / (name + ".json"), "--out", out, "--gather"});
        ASSERT_EQ(run.code, 1) << "the jobs are missing there: " << run.err;
        const Json now = Json::parse(cli::read_text(fs::path(out) / "results.json"));
        const Json then = Json::parse(cli::read_text(kFolder / "results" / (name + ".json")));
        const auto keys = [](const Json& results) {
            Json list;
            for (const Json& row : results["rows"])
                for (const Json& r : row["runs"]) list.push_back({row["name"], r["seed"], r["key"]});
            return list;
        };
        EXPECT_EQ(keys(now), keys(then)) << name;
    }
}

TEST(Results, TheFloorsComeOutAgain) {
    ATOME_NEEDS_SHARED(kText);
    const TempDir dir;
    const std::string out = dir / "floors";
    run_json({"compare", kFolder / "sweeps/floors.json", "--out", out});
    const Json now = Json::parse(cli::read_text(fs::path(out) / "results.json"));
    const Json then = Json::parse(cli::read_text(kFolder / "results/floors.json"));
    ASSERT_EQ(now["rows"].size(), then["rows"].size());
    for (std::size_t i = 0; i < now["rows"].size(); i++) {
        const Json &a = now["rows"][i], &b = then["rows"][i];
        EXPECT_EQ(a["name"], b["name"]);
        EXPECT_NEAR(a["valid_bpb"]["mean"].get<double>(), b["valid_bpb"]["mean"].get<double>(), 1e-6)
            << a["name"];
        EXPECT_EQ(a["flash_bytes"], b["flash_bytes"]) << a["name"];
    }
}

// The row that trains fastest of a table, one seed of it. Other kernel sets round otherwise, and training
// spreads that: the same weights come out on the kind of machine that made the table, the same figure
// anywhere.
class OneRow : public testing::TestWithParam<std::string> {};

TEST_P(OneRow, ComesOutAgain) {
    ATOME_NEEDS_SHARED(kText);
    const std::string& name = GetParam();
    const Json then = Json::parse(cli::read_text(kFolder / "results" / (name + ".json")));
    // Jobs are the rows that train, in order, for the first seed before the next; what is rounded afterwards
    // is evaluated with the row before it.
    std::size_t job = 0, jobs = 0;
    const Json* row = nullptr;
    for (const Json& r : then["rows"]) {
        if (r["round"] != "none") continue;
        const bool faster = !row || r["seconds"]["mean"] < (*row)["seconds"]["mean"];
        if (r["runs"][0].contains("steps") && r["runs"][0]["steps"] > 0 && faster) {
            row = &r;
            job = jobs;
        }
        jobs++;
    }
    ASSERT_NE(row, nullptr) << "no row of this table trains";
    const TempDir dir;
    const std::string out = dir / "out";
    const RunResult run = run_atome(
        {"compare", kFolder / "sweeps" / (name + ".json"), "--out", out, "--job", std::to_string(job)});
    ASSERT_EQ(run.code, 0) << run.err;
    const Json& expected = (*row)["runs"][0];
    const Json result =
        Json::parse(cli::read_text(fs::path(out) / "jobs" / (expected["key"].get<std::string>() + ".json")));
    EXPECT_NEAR(result["valid_bpb"].get<double>(), expected["valid_bpb"].get<double>(), 0.02)
        << (*row)["name"];
    EXPECT_EQ(result["parameters"], expected["parameters"]);
}

// The floors above have no row that trains, and of flash-curve-large and vanilla-1m each trains for minutes.
// Sanitizers make training ten times slower: one table there.
std::vector<std::string> tables() {
#ifdef ATOME_SANITIZE
    return {"tinystories-60k"};
#else
    std::vector<std::string> names = sweeps();
    for (const char* other : {"floors", "flash-curve-large", "vanilla-1m"}) std::erase(names, other);
    std::sort(names.begin(), names.end());
    return names;
#endif
}

INSTANTIATE_TEST_SUITE_P(, OneRow, testing::ValuesIn(tables()), [](const auto& info) {
    std::string name = info.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace
}  // namespace atome::test
