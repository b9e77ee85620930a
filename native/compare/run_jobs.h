// All jobs of a sweep, several at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/compare/jobs.h"

namespace atome::cli {

// The words of the command that runs job number `index`, the program's own path first; all paths absolute.
std::vector<std::string> job_command(const Sweep& sweep, const Folder& folder, std::size_t index);

// Runs those that are not finished as child processes, `at_once` at a time, and shows a progress line.
// Throws Failure after Ctrl-C (the jobs have saved themselves) and, once all others have run, where some
// failed.
void run_jobs(const Sweep& sweep, const std::vector<Job>& jobs, const Folder& folder, uint32_t at_once);

}  // namespace atome::cli
