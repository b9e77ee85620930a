// atome compare: rows of a table, each trained with several seeds.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "native/cli/options.h"
#include "native/commands/commands.h"
#include "native/compare/expand.h"
#include "native/compare/results.h"
#include "native/compare/run_jobs.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

struct CompareOptions {
    std::string sweep;
    std::string out;
    std::optional<uint32_t> job, jobs;
    std::string expand;
    bool gather = false;
    bool json = false;
};

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

void run(const CompareOptions& o) {
    const Sweep sweep = read_sweep(o.sweep);
    const SweepTexts texts = load_texts(sweep);
    const std::vector<Job> jobs = plan(sweep, texts);
    const Folder folder(o.out);
    if (o.job) return run_one(sweep, texts, jobs, folder, o);
    if (o.expand == "slurm") return print(slurm_script(sweep, folder, jobs.size()));
    if (o.expand == "parallel") return print(parallel_list(sweep, folder, jobs.size()));
    if (!o.gather) {
        try {
            run_jobs(sweep, jobs, folder, o.jobs.value_or(std::max(1u, std::thread::hardware_concurrency())));
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

}  // namespace

void add_compare(App& app) {
    auto o = std::make_shared<CompareOptions>();
    App command = app.add_subcommand("compare", "Train rows of a table with several seeds each");
    command.add_option("SWEEP", &o->sweep, "the file that says what to compare").required().type_name("FILE");
    command.add_option("--out", &o->out, "folder of the results; what is finished there is not run again")
        .required()
        .type_name("DIR");
    add_whole(command, "--jobs", &o->jobs, 1, 1024, "how many at once, each with one thread")
        .default_str("one a core");
    Option job = add_whole(command, "--job", &o->job, 0, 100'000'000, "run this one and no other");
    Option expand =
        command.add_option("--expand", &o->expand, "print the jobs for another scheduler: slurm or parallel")
            .one_of({"slurm", "parallel"})
            .type_name("NAME");
    Option gather = command.add_flag("--gather", &o->gather, "run nothing: make the table of what is there");
    job.excludes(expand).excludes(gather);
    expand.excludes(gather);
    add_json(command, &o->json);
    command.footer(
        "Each row and seed is a job. Jobs save themselves as they go: after Ctrl-C, a crash or a power cut "
        "the\n"
        "same command continues. When the sweep file has changed, only what is new is run.\n"
        "DIR/results.md is the table: mean and deviation over the seeds, the difference to the baseline "
        "seed\n"
        "by seed with its 95 % interval, parameters, flash, seconds. DIR/results.json has every run.\n\n"
        "A sweep file:\n"
        "  {\n"
        "    \"data\": \"stories.txt\",           // from this file's folder; or {\"train\": F, \"valid\": "
        "F}\n"
        "    \"first_bytes\": 500000,           // no more of the text than that\n"
        "    \"seeds\": [0, 1, 2, 3, 4],\n"
        "    \"defaults\": {\"steps\": 3000},     // options of atome train, for every row\n"
        "    \"rows\": [\n"
        "      {\"name\": \"published\", \"options\": {\"seed-recipe\": true}},\n"
        "      {\"name\": \"ours\", \"options\": {\"d-ff\": 128}, \"grid\": {\"lr\": [0.003, 0.01]}},\n"
        "      {\"name\": \"vanilla\", \"options\": {\"model\": \"vanilla\"}, \"round\": [\"int8\"]},\n"
        "      {\"name\": \"taught\", \"options\": {\"alpha\": 0.5}, \"teacher\": {\"model\": "
        "\"large.safetensors\"}},\n"
        "      {\"name\": \"5-gram\", \"ngram\": 5},\n"
        "      {\"name\": \"xz -9e\", \"compressor\": \"xz\"}\n"
        "    ],\n"
        "    \"baseline\": \"published\"          // what differences are taken against\n"
        "  }\n\n"
        "Example:\n"
        "  atome compare sweep.json --out results\n"
        "  atome compare sweep.json --out results --expand parallel | parallel -j 8\n"
        "  atome compare sweep.json --out results --expand slurm | sbatch\n"
        "  atome compare sweep.json --out results --gather");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
