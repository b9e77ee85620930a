// A sweep as a list of jobs that do not depend on each other, and the folder in which their results meet.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/compare/sweep.h"

namespace atome::cli {

struct SweepTexts {
    std::vector<uint8_t> text;
    std::vector<uint8_t> valid;  // empty: the end of `text`
    uint64_t digest = 0;         // of both
};
// Throws Failure naming the file.
SweepTexts load_texts(const Sweep& sweep);

// The training and the validation part for a row with this recipe. Point into `texts`. Throws
// Failure("WHERE: ...") where there is nothing to validate on.
struct TextParts {
    std::span<const uint8_t> train, valid;
};
TextParts parts_of(const SweepTexts& texts, const TrainOptions& recipe, const std::string& where);

struct Job {
    uint32_t row = 0;              // index into Sweep::rows
    std::optional<uint64_t> seed;  // none where nothing depends on it
    // 16 hexadecimal digits of all that the result depends on: options, seed, texts, teacher. Jobs are known
    // by it, so that a row may be renamed, moved or added without another job being run again.
    std::string key;
    // The same of what a teacher's opinions depend on; empty: the row has no teacher.
    std::string teacher_key;
};
// All rows with the first seed, then with the second... so that an unfinished comparison is a fair one of
// fewer seeds. Throws Failure for a row that cannot run.
std::vector<Job> plan(const Sweep& sweep, const SweepTexts& texts);

// "ours, seed 3"
std::string title(const Sweep& sweep, const Job& job);

// Where the files of a comparison are.
struct Folder {
    std::string path;
    // Makes the folder and those in it. Throws Failure.
    explicit Folder(std::string path);
    std::string result(const Job& job) const { return path + "/jobs/" + job.key + ".json"; }
    std::string log(const Job& job) const { return path + "/logs/" + job.key + ".txt"; }
    std::string model(const Job& job) const { return path + "/models/" + job.key + ".safetensors"; }
    std::string teacher(const Job& job) const { return path + "/teachers/" + job.teacher_key + ".teacher"; }
    std::string lock(const Job& job) const { return path + "/models/" + job.key + ".lock"; }
};

}  // namespace atome::cli
