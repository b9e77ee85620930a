// One job of a comparison: what it does and what it leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "native/cli/output.h"
#include "native/compare/jobs.h"

namespace atome::cli {

// diverged: loss or weights left the finite numbers, which running again would not change. failed: anything
// else, from a full disk to dimensions that do not go together; the next call tries again.
enum class JobStatus : uint8_t { done, diverged, failed };
std::string_view name(JobStatus status);

// The trained model with its weights rounded.
struct RoundedResult {
    Rounding rounding = Rounding::none;
    double valid_bpb = 0;
    uint64_t flash_bytes = 0;  // see weight_bytes(); with the vocabulary
};

struct JobResult {
    JobStatus status = JobStatus::done;
    std::string message;              // why not done
    std::optional<double> valid_bpb;  // of the whole validation part
    std::optional<double> train_bpb;  // on as much training text
    std::optional<uint64_t> parameters;
    std::string tokenizer;                  // "bytes", "pairs"; empty: of a job from before there were two
    std::optional<double> bytes_per_token;  // of the training text; none as above, and of a compressor
    // Of the .atome file with trit5; of a vanilla model, its float weights; of an n-gram model, its tables.
    // With the vocabulary.
    std::optional<uint64_t> flash_bytes;
    std::optional<double> seconds;  // of the steps alone, on one thread; of a resumed run, from its last part
    std::optional<uint64_t> steps;
    std::string digest;  // of the trained weights
    std::vector<RoundedResult> rounded;
};
// Whether the job need not run again: all that the row asks for is there, or never will be.
bool is_finished(const JobResult& result, const Row& row);

Json to_json(const JobResult& result);

// What the job left in the folder: nullopt where it has not run. Throws Failure for a file that is none.
std::optional<JobResult> read_result(const Folder& folder, const Job& job);

// Runs the job, or continues it from its checkpoint, and writes its result; one that is finished is only
// read. While another process runs the same job, waits for it. Throws Failure as `atome train` does; a run
// that diverges is a result.
JobResult run_job(const Sweep& sweep, const SweepTexts& texts, const Job& job, const Folder& folder);

}  // namespace atome::cli
