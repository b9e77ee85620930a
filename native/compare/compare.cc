#include "native/compare/compare.h"

#include <fmt/core.h>

#include "native/cli/output.h"
#include "native/compare/results.h"
#include "native/compare/run_jobs.h"
#include "native/io/files.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

void run_one(const Sweep& sweep, const SweepTexts& texts, const std::vector<Job>& jobs, const Folder& folder,
             const CompareOptions& o) {
    if (*o.job >= jobs.size())
        throw Failure(fmt::format("{}: --job is {}: there are jobs 0..{}", o.sweep, *o.job, jobs.size() - 1));
    const Job& job = jobs[*o.job];
    const JobResult r = run_job(sweep, texts, job, folder);
    if (o.json)
        print_json(to_json(r));
    else if (r.status == JobStatus::done)
        print(fmt::format("{}: {:.4f} bits per byte\n", title(sweep, job), *r.valid_bpb));
    else
        print(fmt::format("{}: {}: {}\n", title(sweep, job), name(r.status), r.message));
}

// "0-3,7", as the --array option of sbatch takes it. numbers: ascending.
std::string ranges(const std::vector<std::size_t>& numbers) {
    std::string text;
    for (std::size_t i = 0, last; i < numbers.size(); i = last + 1) {
        for (last = i; last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1;) last++;
        text += (i == 0 ? "" : ",") + std::to_string(numbers[i]);
        if (last > i) text += "-" + std::to_string(numbers[last]);
    }
    return text;
}

// Writes and prints the table; says which jobs it lacks.
void show_results(const Sweep& sweep, const std::vector<Job>& jobs, const Folder& folder, bool as_json) {
    const std::vector<RowResult> rows = gather(sweep, jobs, folder);
    const Json json = results_json(sweep, rows);
    const std::string table = results_markdown(sweep, rows);
    write_file_atomic(folder.path + "/results.json", json.dump(2) + "\n");
    write_file_atomic(folder.path + "/results.md", table);
    if (as_json)
        print_json(json);
    else
        print(table);
    flush_output();
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < jobs.size(); i++) {
        const std::optional<JobResult> r = read_result(folder, jobs[i]);
        if (!r || !is_finished(*r, sweep.rows[jobs[i].row])) missing.push_back(i);
    }
    if (!missing.empty())
        throw Failure(
            fmt::format("{}: {} of {} jobs are missing: {} (the same command without --gather runs "
                        "them)",
                        folder.path, missing.size(), jobs.size(), ranges(missing)));
}

}  // namespace

void compare(const CompareOptions& o) {
    const Sweep sweep = read_sweep(o.sweep);
    const SweepTexts texts = load_texts(sweep);
    const std::vector<Job> jobs = plan(sweep, texts);
    const Folder folder(o.out);
    if (o.job) return run_one(sweep, texts, jobs, folder, o);
    if (o.expand == "slurm") return print(slurm_script(sweep, folder, jobs.size()));
    if (o.expand == "parallel") return print(parallel_list(sweep, folder, jobs.size()));
    if (!o.gather) {
        try {
            run_jobs(sweep, jobs, folder, o.at_once.value_or(cores()));
        } catch (const Failure&) {
            // What there is, is worth a table; the first reason is the one to tell.
            try {
                show_results(sweep, jobs, folder, o.json);
            } catch (const Failure&) {
            }
            throw;
        }
    }
    show_results(sweep, jobs, folder, o.json);
}

}  // namespace atome::cli
