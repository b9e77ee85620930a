// A comparison from its sweep file to its table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace atome::cli {

struct CompareOptions {
    std::string sweep;                // path
    std::string out;                  // folder of the results
    std::optional<uint32_t> job;      // run this one and no other
    std::optional<uint32_t> at_once;  // one a core where none is given
    std::string expand;               // "slurm", "parallel": print the jobs for that scheduler and run none
    bool gather = false;              // run nothing: make the table of what is there
    bool json = false;
};

// Runs the jobs that are not finished, writes results.json and results.md into the folder, and prints the
// table. Throws Failure for a sweep that cannot run, after Ctrl-C, and where jobs are missing or have failed.
void compare(const CompareOptions& options);

}  // namespace atome::cli
