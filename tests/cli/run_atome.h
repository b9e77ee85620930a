// Runs the built `atome` program as a user would.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace atome::test {

struct RunResult {
    int code = -1;  // exit code, or -signal
    std::string out, err;
};

struct RunOptions {
    std::string input = {};                     // what stdin holds
    std::string out_to = {};                    // stdout goes to this file instead (/dev/full)
    bool close_out = false;                     // stdout is closed
    bool terminal = false;                      // stdout is a terminal, in raw mode
    bool reader_leaves = false;                 // stdout is a pipe whose reader is gone
    std::vector<std::string> environment = {};  // NAME=VALUE, on top of the test's own
    uint64_t memory = 0;                        // bytes of address space (ulimit -v); 0: no limit
    uint64_t file_size = 0;                     // bytes of a file that is written (ulimit -f); 0: no limit
};

RunResult run_atome(const std::vector<std::string>& args, const RunOptions& options = {});

// Runs with --json, expects exit code 0 and exactly one JSON object on stdout, and returns it.
nlohmann::json run_json(std::vector<std::string> args);

// The message of a failed run: expects the code, nothing but one "atome:" line on stderr and, unless
// `may_print`, nothing on stdout.
std::string expect_failure(const RunResult& result, int code, bool may_print = false);

// A new empty folder, removed with everything in it at the end of the scope.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();
    std::string operator/(const std::string& file) const { return (path_ / file).string(); }
    // Names of what is in it, sorted.
    std::vector<std::string> files() const;

  private:
    std::filesystem::path path_;
};

void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes);
void write_bytes(const std::string& path, const std::string& text);

}  // namespace atome::test
