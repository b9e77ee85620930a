// Files that stay beside the project, in ../shared: the published kit's weights and what its own programs
// wrote, and the texts that the figures of checkpoints/ were measured on. A clone without them runs every
// other test, and tests/not_run.sh tells which it did not.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace atome::test {

inline std::string shared_path(const std::string& file) { return ATOME_SHARED_DIR "/" + file; }

}  // namespace atome::test

#define ATOME_NEEDS_SHARED(file)                                    \
    if (!std::filesystem::exists(::atome::test::shared_path(file))) \
    GTEST_SKIP() << "needs ../shared/" << (file)
