// All jobs of a sweep: run here, several at once, or listed for another scheduler.
#pragma once

#include <cstddef>
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

// A script for sbatch: a job array of `jobs` tasks, one job each.
std::string slurm_script(const Sweep& sweep, const Folder& folder, std::size_t jobs);
// A command a line, for GNU parallel or any shell.
std::string parallel_list(const Sweep& sweep, const Folder& folder, std::size_t jobs);

}  // namespace atome::cli
