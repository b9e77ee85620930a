#include "native/compare/run_jobs.h"

#include <fmt/core.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>
#include <xtl/xsystem.hpp>

#include "native/cli/interrupt.h"
#include "native/cli/progress.h"
#include "native/compare/children.h"
#include "native/compare/job.h"

namespace atome::cli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(20);

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
    return fmt::format("ended with code {}", WEXITSTATUS(status));
}

std::string figure(const JobResult& r) {
    if (r.status != JobStatus::done) return fmt::format("{}: {}", name(r.status), r.message);
    return fmt::format("{:.4f} bits per byte", *r.valid_bpb);
}

}  // namespace

std::vector<std::string> job_command(const Sweep& sweep, const Folder& folder, std::size_t index) {
    return {xtl::executable_path(),
            "compare",
            std::filesystem::absolute(sweep.path).string(),
            "--out",
            std::filesystem::absolute(folder.path).string(),
            "--job",
            std::to_string(index)};
}

void run_jobs(const Sweep& sweep, const std::vector<Job>& jobs, const Folder& folder, uint32_t at_once) {
    std::vector<std::size_t> waiting;
    std::set<std::string> keys;
    for (std::size_t i = 0; i < jobs.size(); i++) {
        const std::optional<JobResult> earlier = read_result(folder, jobs[i]);
        // Rows that say the same share their jobs.
        if ((!earlier || !is_finished(*earlier, sweep.rows[jobs[i].row])) && keys.insert(jobs[i].key).second)
            waiting.push_back(i);
    }
    std::reverse(waiting.begin(), waiting.end());
    const std::size_t before = jobs.size() - waiting.size();

    const InterruptGuard guard;
    Children children;
    Progress progress(jobs.size(), "jobs");
    progress.update(before);
    std::size_t ended = 0, failed = 0;
    std::string first_failure;
    bool stopping = false;
    while (children.running() > 0 || (!waiting.empty() && !stopping)) {
        if (interrupted() && !stopping) {
            stopping = true;
            children.interrupt();
        }
        while (!stopping && !waiting.empty() && children.running() < at_once) {
            const std::size_t i = waiting.back();
            waiting.pop_back();
            children.start(i, job_command(sweep, folder, i), folder.log(jobs[i]));
        }
        const std::optional<Children::Ended> e = children.poll();
        if (!e) {
            progress.update(before + ended, fmt::format("{} running", children.running()));
            std::this_thread::sleep_for(kPoll);
            continue;
        }
        const Job& job = jobs[e->id];
        const std::optional<JobResult> result = read_result(folder, job);
        if (result && is_finished(*result, sweep.rows[job.row])) {
            ended++;
            progress.message(fmt::format("{}: {}", title(sweep, job), figure(*result)));
        } else if (!stopping) {
            const std::string what =
                fmt::format("job {} ({}) {}", e->id, title(sweep, job),
                            result ? "failed: " + result->message
                                   : fmt::format("{}, see {}", how_it_ended(e->status), folder.log(job)));
            progress.message(what);
            if (failed++ == 0) first_failure = what;
        }
    }
    progress.finish();
    if (stopping)
        throw Interrupted(fmt::format("{}: stopped with {} of {} jobs finished: the same command continues",
                                      folder.path, before + ended, jobs.size()));
    if (failed > 0)
        throw Failure(fmt::format("{} of {} jobs failed; the first: {}", failed, jobs.size(), first_failure));
}

}  // namespace atome::cli
