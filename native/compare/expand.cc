#include <fmt/core.h>

#include "native/compare/run_jobs.h"

namespace atome::cli {
namespace {

// `word` as a POSIX shell reads it back: as it is where nothing in it is special, else in single quotes.
std::string shell_quoted(const std::string& word) {
    constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,@%=";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
    return line;
}

}  // namespace

std::string slurm_script(const Sweep& sweep, const Folder& folder, std::size_t jobs) {
    std::vector<std::string> words = job_command(sweep, folder, 0);
    words.pop_back();
    std::vector<std::string> gather = words;
    gather.back() = "--gather";
    return fmt::format(
        "#!/bin/bash\n"
        "#SBATCH --job-name=atome-compare\n"
        "#SBATCH --array=0-{}\n"
        "#SBATCH --ntasks=1\n"
        "#SBATCH --cpus-per-task=1\n"
        "#SBATCH --mem=2G\n"
        "# Afterwards: {}\n"
        "{} \"$SLURM_ARRAY_TASK_ID\"\n",
        jobs - 1, shell_line(gather), shell_line(words));
}

std::string parallel_list(const Sweep& sweep, const Folder& folder, std::size_t jobs) {
    std::string list;
    for (std::size_t i = 0; i < jobs; i++) list += shell_line(job_command(sweep, folder, i)) + "\n";
    return list;
}

}  // namespace atome::cli
