#include "native/io/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/corpus/failure_of.h"
#include "tests/corpus/temp_dir.h"

namespace atome::cli {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::failure_of;
using test::TempDir;

TEST(Files, WritesAndReadsBack) {
    TempDir dir;
    std::string text = "one\ntwo";
    text.push_back('\0');
    text += "three";
    write_file_atomic(dir / "a", text);
    EXPECT_EQ(read_text(dir / "a"), text);
    EXPECT_EQ(read_file(dir / "a").size(), text.size());
    EXPECT_EQ(dir.entries(), 1u);
}

TEST(Files, EmptyFile) {
    TempDir dir;
    write_file_atomic(dir / "a", std::string_view());
    EXPECT_TRUE(read_file(dir / "a").empty());
}

TEST(Files, LargeFileAndLimits) {
    TempDir dir;
    const std::string text(3'000'001, 'x');
    write_file_atomic(dir / "a", text);
    EXPECT_EQ(read_text(dir / "a", text.size()), text);
    const std::string message = failure_of([&] { read_text(dir / "a", text.size() - 1); });
    EXPECT_TRUE(contains(message, dir / "a")) << message;
    EXPECT_TRUE(contains(message, "limit of 3000000 bytes")) << message;
}

TEST(Files, MissingFileAndDirectory) {
    TempDir dir;
    EXPECT_TRUE(contains(failure_of([&] { read_file(dir / "none"); }), "No such file"));
    EXPECT_TRUE(contains(failure_of([&] { read_file(dir.path()); }), "is a directory"));
    EXPECT_TRUE(contains(failure_of([&] { write_file_atomic(dir.path(), "x"); }), "is a directory"));
    EXPECT_TRUE(contains(failure_of([&] { write_file_atomic(dir / "no/such", "x"); }), "create it first"));
    EXPECT_TRUE(contains(failure_of([&] { write_file_atomic(dir / "no/", "x"); }), "does not exist"));
    EXPECT_TRUE(contains(failure_of([&] { write_file_atomic("", "x"); }), "no name"));
    EXPECT_EQ(dir.entries(), 0u);
}

TEST(Files, ReadsPipes) {
    TempDir dir;
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    const std::string text(200'000, 'p');
    std::string got;
    std::thread reader([&] { got = read_text(dir / "pipe"); });
    write_file_atomic(dir / "pipe", text);  // a pipe is written in place
    reader.join();
    EXPECT_EQ(got, text);
    EXPECT_TRUE(fs::is_fifo(dir / "pipe"));
}

TEST(Files, FullDeviceIsReportedAndStaysADevice) {
    if (!fs::exists("/dev/full")) GTEST_SKIP();
    const std::string message = failure_of([] { write_file_atomic("/dev/full", "x"); });
    EXPECT_TRUE(contains(message, "/dev/full: ")) << message;
    EXPECT_TRUE(contains(message, "No space left")) << message;
    EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

// A limit on the file size stands for a full disk: write() stores a part, then fails.
TEST(Files, FullDiskKeepsTheOldFileAndLeavesNothingBehind) {
    TempDir dir;
    write_file_atomic(dir / "a", "old");
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 100'000;
    auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::string message =
        failure_of([&] { write_file_atomic(dir / "a", std::string(5'000'000, 'n')); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    EXPECT_TRUE(contains(message, dir / "a")) << message;
    EXPECT_TRUE(contains(message, "File too large")) << message;
    EXPECT_EQ(read_text(dir / "a"), "old");
    EXPECT_EQ(dir.entries(), 1u);
}

// ---- What killed writers leave behind ----

TEST(Files, TemporariesOfKilledWritersAreRemoved) {
    TempDir dir;
    const auto make = [&](const std::string& name) { std::ofstream(dir / name) << "x"; };
    const std::string stale = ".a.atome-4711-1.tmp", others = ".b.atome-4711-1.tmp",
                      users = ".a.atome-notes.tmp", longer = ".a.atome-4711-1.tmp.txt";
    for (const std::string& name : {others, users, longer}) make(name);
    make(stale);
    write_file_atomic(dir / "a", "text");
    EXPECT_FALSE(fs::exists(dir / stale));
    make(stale);
    require_writable(dir / "a");
    EXPECT_FALSE(fs::exists(dir / stale));
    // Behind a link, where the file is.
    fs::create_directory(dir / "links");
    fs::create_symlink("../a", dir / "links/link");
    make(stale);
    write_file_atomic(dir / "links/link", "text");
    EXPECT_FALSE(fs::exists(dir / stale));
    for (const std::string& name : {others, users, longer}) EXPECT_TRUE(fs::exists(dir / name)) << name;
}

TEST(Files, TemporariesOfLiveWritersStay) {
    TempDir dir;
    const std::string name = dir / ".a.atome-4711-1.tmp";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT, 0666);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    write_file_atomic(dir / "a", "text");
    EXPECT_TRUE(fs::exists(name));
    ::close(fd);
    write_file_atomic(dir / "a", "text");
    EXPECT_FALSE(fs::exists(name));
}

TEST(Files, ManyWritersOfOneFileDoNotDisturbEachOther) {
    TempDir dir;
    std::vector<std::thread> writers;
    std::atomic<int> failures{0};
    for (char c = 'a'; c < 'e'; c++)
        writers.emplace_back([&, c] {
            for (int i = 0; i < 200; i++)
                if (failure_of([&] { write_file_atomic(dir / "x", std::string(1000, c)); }) != "no failure")
                    failures++;
        });
    for (int i = 0; i < 200; i++) require_writable(dir / "x");
    for (std::thread& t : writers) t.join();
    EXPECT_EQ(failures, 0);
    const std::string text = read_text(dir / "x");
    EXPECT_EQ(text, std::string(1000, text[0]));
    EXPECT_EQ(dir.entries(), 1u);
}

TEST(Files, TheLongestNameCanBeWritten) {
    TempDir dir;
    const std::string name(255, 'n');
    write_file_atomic(dir / name, "text");
    EXPECT_EQ(read_text(dir / name), "text");
    EXPECT_EQ(dir.entries(), 1u);
}

// ---- Earlier files ----

TEST(Files, EarlierFilesGetNamesOfTheirOwn) {
    TempDir dir;
    EXPECT_FALSE(keep_previous(dir / "m.x").has_value());
    for (const char* text : {"one", "two", "three"}) {
        write_file_atomic(dir / "m.x", text);
        keep_previous(dir / "m.x");
    }
    EXPECT_EQ(read_text(dir / "m.previous.x"), "one");
    EXPECT_EQ(read_text(dir / "m.previous-2.x"), "two");
    EXPECT_EQ(read_text(dir / "m.previous-3.x"), "three");
    // A link to the file is not the file.
    fs::create_symlink("m.x", dir / "link.x");
    EXPECT_EQ(keep_previous(dir / "link.x"), dir / "link.previous.x");
    write_file_atomic(dir / "link.x", "four");
    EXPECT_EQ(read_text(dir / "link.previous.x"), "three");
    EXPECT_EQ(read_text(dir / "m.x"), "four");
    EXPECT_FALSE(keep_previous("/dev/null").has_value());
}

TEST(Files, KeepsPermissionsAndLinks) {
    TempDir dir;
    write_file_atomic(dir / "a", "old");
    ASSERT_EQ(::chmod((dir / "a").c_str(), 0640), 0);
    fs::create_symlink("a", dir / "link");
    write_file_atomic(dir / "link", "new");
    EXPECT_TRUE(fs::is_symlink(dir / "link"));
    EXPECT_EQ(read_text(dir / "a"), "new");
    struct stat info {};
    ASSERT_EQ(::stat((dir / "a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(dir.entries(), 2u);
}

TEST(Files, LinkToNewFileAndDanglingLoop) {
    TempDir dir;
    fs::create_symlink("new", dir / "link");
    write_file_atomic(dir / "link", "x");
    EXPECT_EQ(read_text(dir / "new"), "x");
    fs::create_symlink("loop", dir / "loop");
    EXPECT_NE(failure_of([&] { write_file_atomic(dir / "loop", "x"); }), "no failure");
    EXPECT_TRUE(fs::is_symlink(dir / "loop"));
}

TEST(Files, UnwritableFolder) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    TempDir dir;
    fs::create_directory(dir / "locked");
    fs::permissions(dir / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_TRUE(contains(failure_of([&] { write_file_atomic(dir / "locked/a", "x"); }), "Permission denied"));
    fs::permissions(dir / "locked", fs::perms::owner_all);
}

TEST(Files, SameFile) {
    TempDir dir;
    write_file_atomic(dir / "a", "x");
    write_file_atomic(dir / "b", "x");
    fs::create_symlink("a", dir / "link");
    fs::create_hard_link(dir / "a", dir / "hard");
    fs::create_directory(dir / "d");
    EXPECT_TRUE(same_file(dir / "a", dir / "a"));
    EXPECT_TRUE(same_file(dir / "a", dir / "link"));
    EXPECT_TRUE(same_file(dir / "a", dir / "hard"));
    EXPECT_TRUE(same_file(dir / "a", dir / "d/../a"));
    EXPECT_FALSE(same_file(dir / "a", dir / "b"));
    EXPECT_FALSE(same_file(dir / "a", dir / "none"));
    EXPECT_TRUE(same_file(dir / "none", dir / "./none"));
    EXPECT_TRUE(same_file(dir / "none", dir / "d/../none"));
    EXPECT_FALSE(same_file(dir / "none", dir / "nothing"));
}

}  // namespace
}  // namespace atome::cli
