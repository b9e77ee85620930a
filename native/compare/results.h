// The jobs' results as one table.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "native/compare/job.h"
#include "native/compare/summary.h"

namespace atome::cli {

// A line of the table: a row, or its model rounded.
struct RowResult {
    struct Run {
        Job job;
        std::optional<JobResult> result;  // nullopt: has not run
    };
    std::string name;
    const Row* row = nullptr;
    Rounding rounding = Rounding::none;
    std::vector<Run> runs;  // by seed; one where nothing depends on it
    // Over the runs that are done; nullopt without any.
    std::optional<Summary> valid_bpb, train_bpb, seconds;
    // Of this row's bits per byte minus the baseline's, seed by seed where both are done. A row without seeds
    // stands against every seed of the other.
    std::optional<Summary> difference;
    std::size_t count(JobStatus status) const;
};

// What the folder holds, row by row. `sweep` must outlive the result.
std::vector<RowResult> gather(const Sweep& sweep, const std::vector<Job>& jobs, const Folder& folder);

Json results_json(const Sweep& sweep, const std::vector<RowResult>& rows);
std::string results_markdown(const Sweep& sweep, const std::vector<RowResult>& rows);

}  // namespace atome::cli
