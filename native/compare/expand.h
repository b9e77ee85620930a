// The jobs of a sweep for other schedulers.
#pragma once

#include <cstddef>
#include <string>

#include "native/compare/jobs.h"

namespace atome::cli {

// `word` as a POSIX shell reads it back: as it is where nothing in it is special, else in single quotes.
std::string shell_quoted(const std::string& word);

// A script for sbatch: a job array of `jobs` tasks, one job each.
std::string slurm_script(const Sweep& sweep, const Folder& folder, std::size_t jobs);
// A command a line, for GNU parallel or any shell.
std::string parallel_list(const Sweep& sweep, const Folder& folder, std::size_t jobs);

}  // namespace atome::cli
