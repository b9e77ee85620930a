// The command line of `atome corpus`.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "atome/corpus/corpus.h"
#include "native/commands/commands.h"
#include "native/io/files.h"
#include "tests/corpus/failure_of.h"
#include "tests/corpus/local_server.h"
#include "tests/corpus/temp_dir.h"

namespace atome::cli {
namespace {

using test::contains;
using test::failure_of;
using test::LocalServer;
using test::TempDir;

// Runs `atome corpus ARGS` in this process and returns what it wrote on stdout.
std::string run(std::vector<std::string> args) {
    Program app;
    add_corpus(app);
    args.insert(args.begin(), "corpus");
    ::testing::internal::CaptureStdout();
    try {
        app.parse(args);
    } catch (...) {
        ::testing::internal::GetCapturedStdout();
        throw;
    }
    return ::testing::internal::GetCapturedStdout();
}

TEST(Command, WritesAFile) {
    TempDir dir;
    const std::string out = run({"stories", "--bytes", "64K", "--seed", "5", "--out", dir / "s.txt"});
    EXPECT_EQ(read_text(dir / "s.txt"), corpus::write_stories(65'536, 5));
    EXPECT_TRUE(contains(out, "written to " + (dir / "s.txt"))) << out;
    EXPECT_EQ(dir.entries(), 1u);
}

TEST(Command, WritesToStdout) {
    EXPECT_EQ(run({"thermostat", "--bytes", "3k"}), corpus::write_thermostat(3'072, 1));
}

TEST(Command, Json) {
    TempDir dir;
    LocalServer local;
    local.start();
    ::testing::internal::CaptureStderr();
    const auto json = nlohmann::json::parse(run({"stories", local.url("/missing"), "--no-cache", "--bytes",
                                                 "100000", "--out", dir / "s.txt", "--json"}));
    const std::string warnings = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(json["bytes"], read_text(dir / "s.txt").size());
    EXPECT_GT(json["paragraphs"], 50);
    ASSERT_EQ(json["sources"].size(), 1u);
    EXPECT_EQ(json["sources"][0]["name"], "stories");
    ASSERT_EQ(json["skipped"].size(), 1u);
    EXPECT_EQ(json["skipped"][0]["name"], local.url("/missing"));
    EXPECT_TRUE(contains(warnings, "atome: warning: skipped: " + local.url("/missing"))) << warnings;
}

TEST(Command, CacheFolder) {
    TempDir dir;
    {
        LocalServer local;
        local.serve("/a", "Some text.");
        local.start();
        EXPECT_EQ(run({local.url("/a"), "--cache", dir / "cache"}), "Some text.\n");
        local.server().stop();
        EXPECT_EQ(run({local.url("/a"), "--cache", dir / "cache"}), "Some text.\n") << "from the cache";
    }
    EXPECT_EQ(dir.entries(), 1u);
}

TEST(Command, OutputMustNotBeAnInput) {
    TempDir dir;
    write_file_atomic(dir / "a.txt", "Text.\n");
    std::filesystem::create_symlink("a.txt", dir / "link");
    for (const std::string& out : {dir / "a.txt", dir / "link", dir / "./a.txt"})
        EXPECT_TRUE(contains(failure_of([&] {
                                 run({"stories", dir / "a.txt", "--out", out});
                             }),
                             "is an input"))
            << out;
    EXPECT_EQ(read_text(dir / "a.txt"), "Text.\n");
    EXPECT_TRUE(contains(failure_of([&] { run({"stories", "--out", dir.path()}); }), "is a directory"));
    EXPECT_TRUE(contains(failure_of([&] { run({"stories", "--out", dir / "no/a"}); }), "create it first"));
}

TEST(Command, WrongUsage) {
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"stories", "--bytes", "0"},
        {"stories", "--bytes", "2X"},
        {"stories", "--bytes", "M"},
        {"stories", "--bytes", "-1"},
        {"stories", "--bytes", "1.5M"},
        {"stories", "--bytes", "257M"},
        {"stories", "--bytes", "99999999999999999999"},
        {"stories", "--bytes", "1KK"},
        {"stories", "--seed", "-1"},
        {"stories", "--seed", "x"},
        {"stories", "--mirror", "here"},
        {"stories", "--json"},
        {"stories", "--nothing"},
    };
    for (const auto& args : wrong) EXPECT_THROW(run(args), UsageError) << (args.empty() ? "" : args.back());
}

TEST(Command, HelpHasAnExample) {
    Program app;
    add_corpus(app);
    const std::string help = app.parse({"corpus", "--help"}).value();
    EXPECT_TRUE(contains(help, "Examples:\n  atome corpus stories --bytes 2M --out stories.txt")) << help;
    EXPECT_TRUE(contains(help, "tinystories"));
}

}  // namespace
}  // namespace atome::cli
