#include "native/compare/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

using Run = RowResult::Run;
using Figure = std::optional<double> JobResult::*;

bool is_done(const Run& run) { return run.result && run.result->status == JobStatus::done; }

std::optional<Summary> summary_of(const std::vector<Run>& runs, Figure figure) {
    std::vector<double> values;
    for (const Run& run : runs)
        if (is_done(run) && (*run.result).*figure) values.push_back(*((*run.result).*figure));
    if (values.empty()) return std::nullopt;
    return summarise(values);
}

std::optional<Summary> difference_of(const std::vector<Run>& runs, const std::vector<Run>& baseline) {
    std::vector<double> differences;
    for (const Run& a : runs)
        for (const Run& b : baseline)
            if (is_done(a) && is_done(b) && (a.job.seed == b.job.seed || !a.job.seed || !b.job.seed))
                differences.push_back(*a.result->valid_bpb - *b.result->valid_bpb);
    if (differences.empty()) return std::nullopt;
    return summarise(differences);
}

const JobResult* first_done(const RowResult& row) {
    for (const Run& run : row.runs)
        if (is_done(run)) return &*run.result;
    return nullptr;
}

Json summary_json(const std::optional<Summary>& s, bool interval) {
    if (!s) return nullptr;
    Json json = {{"n", s->n}, {"mean", s->mean}, {"deviation", nullptr}};
    if (s->deviation) json["deviation"] = *s->deviation;
    if (interval) {
        json["low"] = json["high"] = nullptr;
        if (const std::optional<double> half = half_interval(*s)) {
            json["low"] = s->mean - *half;
            json["high"] = s->mean + *half;
        }
    }
    return json;
}

Json run_json(const Run& run) {
    Json json = {{"seed", nullptr}, {"key", run.job.key}};
    if (run.job.seed) json["seed"] = *run.job.seed;
    if (run.result)
        json.update(to_json(*run.result));
    else
        json["status"] = "missing";
    return json;
}

// A cell of the table: bars would end it.
std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
    return out;
}

std::string bits(const std::optional<Summary>& s) { return s ? fmt::format("{:.4f}", s->mean) : ""; }
std::string deviation(const std::optional<Summary>& s) {
    return s && s->deviation ? fmt::format("{:.4f}", *s->deviation) : "";
}
std::string difference(const std::optional<Summary>& s) {
    if (!s) return "";
    const std::optional<double> half = half_interval(*s);
    return half ? fmt::format("{:+.4f} ± {:.4f}", s->mean, *half) : fmt::format("{:+.4f}", s->mean);
}
std::string whole(const std::optional<uint64_t>& n) { return n ? grouped(*n) : ""; }

std::string runs_text(const RowResult& row) {
    std::string text = std::to_string(row.count(JobStatus::done));
    std::size_t missing = row.runs.size();
    for (const JobStatus s : {JobStatus::done, JobStatus::diverged, JobStatus::failed}) {
        const std::size_t n = row.count(s);
        missing -= n;
        if (n > 0 && s != JobStatus::done) text += fmt::format(", {} {}", n, name(s));
    }
    if (missing > 0) text += fmt::format(", {} missing", missing);
    return text;
}

RowResult rounded_line(RowResult line, Rounding rounding) {
    line.name = line_name(*line.row, rounding);
    line.rounding = rounding;
    for (Run& run : line.runs) {
        if (!is_done(run)) continue;
        const std::vector<RoundedResult> rounded = std::move(run.result->rounded);
        const auto found = std::find_if(rounded.begin(), rounded.end(),
                                        [&](const RoundedResult& r) { return r.rounding == rounding; });
        if (found == rounded.end()) {
            run.result.reset();
            continue;
        }
        JobResult only;
        only.valid_bpb = found->valid_bpb;
        only.flash_bytes = found->flash_bytes;
        only.parameters = run.result->parameters;
        only.tokenizer = run.result->tokenizer;
        only.bytes_per_token = run.result->bytes_per_token;
        run.result = only;
    }
    return line;
}

}  // namespace

std::size_t RowResult::count(JobStatus status) const {
    return static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [&](const Run& run) {
        return run.result && run.result->status == status;
    }));
}

std::vector<RowResult> gather(const Sweep& sweep, const std::vector<Job>& jobs, const Folder& folder) {
    std::vector<RowResult> rows;
    for (uint32_t i = 0; i < sweep.rows.size(); i++) {
        const Row& row = sweep.rows[i];
        RowResult line;
        line.name = row.name;
        line.row = &row;
        for (const Job& job : jobs)
            if (job.row == i) line.runs.push_back({job, read_result(folder, job)});
        rows.push_back(line);
        for (const Rounding r : row.rounds) rows.push_back(rounded_line(line, r));
    }
    for (RowResult& row : rows) {
        row.valid_bpb = summary_of(row.runs, &JobResult::valid_bpb);
        row.train_bpb = summary_of(row.runs, &JobResult::train_bpb);
        row.seconds = summary_of(row.runs, &JobResult::seconds);
    }
    for (const RowResult& baseline : rows) {
        if (baseline.name != sweep.baseline) continue;
        for (RowResult& row : rows)
            if (&row != &baseline) row.difference = difference_of(row.runs, baseline.runs);
    }
    return rows;
}

Json results_json(const Sweep& sweep, const std::vector<RowResult>& rows) {
    Json json = {{"seeds", sweep.seeds}, {"baseline", nullptr}, {"rows", Json::array()}};
    if (!sweep.baseline.empty()) json["baseline"] = sweep.baseline;
    for (const RowResult& r : rows) {
        Json runs = Json::array();
        for (const Run& run : r.runs) runs.push_back(run_json(run));
        Json row = {{"name", r.name},
                    {"round", name(r.rounding)},
                    {"arguments", r.row->arguments},
                    {"teacher", nullptr},
                    {"done", r.count(JobStatus::done)},
                    {"diverged", r.count(JobStatus::diverged)},
                    {"valid_bpb", summary_json(r.valid_bpb, false)},
                    {"train_bpb", summary_json(r.train_bpb, false)},
                    {"difference", summary_json(r.difference, true)},
                    {"parameters", nullptr},
                    {"tokenizer", nullptr},
                    {"bytes_per_token", nullptr},
                    {"flash_bytes", nullptr},
                    {"seconds", summary_json(r.seconds, false)},
                    {"runs", runs}};
        if (!r.row->teacher.model.empty()) row["teacher"] = r.row->teacher.model;
        if (const JobResult* any = first_done(r)) {
            if (any->parameters) row["parameters"] = *any->parameters;
            if (!any->tokenizer.empty()) row["tokenizer"] = any->tokenizer;
            if (any->bytes_per_token) row["bytes_per_token"] = *any->bytes_per_token;
            if (any->flash_bytes) row["flash_bytes"] = *any->flash_bytes;
        }
        json["rows"].push_back(std::move(row));
    }
    return json;
}

std::string results_markdown(const Sweep& sweep, const std::vector<RowResult>& rows) {
    std::string text =
        "| row | bits per byte | deviation | against the baseline | training | parameters | flash | seconds "
        "| "
        "runs |\n|---|---:|---:|---:|---:|---:|---:|---:|---|\n";
    for (const RowResult& r : rows) {
        const JobResult* any = first_done(r);
        text += fmt::format(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", cell(r.name), bits(r.valid_bpb),
            deviation(r.valid_bpb), r.name == sweep.baseline ? "baseline" : difference(r.difference),
            bits(r.train_bpb), any ? whole(any->parameters) : "", any ? whole(any->flash_bytes) : "",
            r.seconds ? fmt::format("{:.1f}", r.seconds->mean) : "", runs_text(r));
    }
    text += fmt::format(
        "\nBits per byte of the whole validation text: mean and sample deviation over the seeds {}. "
        "Training: of "
        "as much training text.\n",
        fmt::join(sweep.seeds, ", "));
    if (!sweep.baseline.empty())
        text +=
            "Against the baseline: the mean difference, seed by seed, ± half its 95 % interval (Student's t "
            "over "
            "the pairs); below 0 is better.\n";
    text +=
        "Flash in bytes: of a routed model its .atome file with trit5, of a vanilla one its weights, of an "
        "n-gram its count tables; a vocabulary of pairs counts.\nSeconds: of the training steps alone, on "
        "one "
        "thread.\n";
    return text;
}

}  // namespace atome::cli
