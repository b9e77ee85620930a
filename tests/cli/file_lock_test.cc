#include "native/io/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "native/io/files.h"
#include "tests/corpus/failure_of.h"
#include "tests/corpus/temp_dir.h"

namespace atome::cli {
namespace {

using test::failure_of;
using test::TempDir;

TEST(OutputLock, IsHeldByOneAtATime) {
    TempDir dir;
    const std::string path = dir / "m", busy = path + ": another process trains it";
    {
        const auto held = lock_output(path, "another process trains it");
        ASSERT_TRUE(held);
        EXPECT_EQ(failure_of([&] { lock_output(path, "another process trains it"); }), busy);
        // Under whatever name.
        std::filesystem::create_symlink("m", dir / "link");
        EXPECT_EQ(failure_of([&] { lock_output(dir / "link", "busy"); }), (dir / "link") + ": busy");
        EXPECT_EQ(failure_of([&] { lock_output(dir / "n", "busy"); }), "no failure");
    }
    EXPECT_EQ(failure_of([&] { lock_output(path, "busy"); }), "no failure");
    EXPECT_EQ(dir.entries(), 1u);  // the link
}

TEST(OutputLock, AKilledProcessHoldsNothing) {
    TempDir dir;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = lock_output(dir / "m", "busy");
        if (::write(ready[1], "x", 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char c;
    ASSERT_EQ(::read(ready[0], &c, 1), 1);
    EXPECT_NE(failure_of([&] { lock_output(dir / "m", "busy"); }), "no failure");
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(failure_of([&] { lock_output(dir / "m", "busy"); }), "no failure");
    EXPECT_EQ(dir.entries(), 0u);
}

TEST(OutputLock, DevicesAreEverybodys) {
    EXPECT_FALSE(lock_output("/dev/null", "busy"));
    EXPECT_FALSE(std::filesystem::exists("/dev/null.lock"));
}

}  // namespace
}  // namespace atome::cli
