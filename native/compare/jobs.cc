#include "native/compare/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "atome/base/digest.h"
#include "atome/kernels/registry.h"
#include "atome/train/batches.h"
#include "atome/train/options_table.h"
#include "atome/train/settings.h"
#include "native/io/files.h"
#include "native/train/train_model.h"

namespace atome::cli {
namespace {

std::vector<uint8_t> load(const std::vector<std::string>& files, const std::optional<uint64_t>& first_bytes) {
    std::vector<uint8_t> text;
    for (const std::string& file : files) {
        const std::vector<uint8_t> bytes = read_file(file);
        text.insert(text.end(), bytes.begin(), bytes.end());
    }
    if (first_bytes && text.size() > *first_bytes) text.resize(*first_bytes);
    if (text.size() < 2) throw Failure(files[0] + ": at least 2 bytes of text are needed");
    return text;
}

std::string hex_digest(const std::string& text) {
    return hex64(digest_of(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

// teacher: digest of its file.
std::string key_of(const Row& row, const std::optional<uint64_t>& seed, const TrainOptions& recipe,
                   const SweepTexts& texts, const std::string& teacher) {
    std::string what = hex64(texts.digest) + "\n";
    if (row.kind == RowKind::model) {
        // What tokens are stands at the end, whoever says it: a row's options, or the recipe that they start
        // from.
        std::vector<std::string> arguments = row.arguments;
        std::erase_if(arguments, [](const std::string& a) {
            return a.rfind("--tokenizer=", 0) == 0 || a.rfind("--merges=", 0) == 0;
        });
        what += fmt::format("train\n{}\n--seed={}", fmt::join(arguments, "\n"), *seed);
        if (!teacher.empty()) what += "\nteacher " + teacher;
    } else {
        what += fmt::format("{} {}\nseq {}\nvalid-share {}", row.kind == RowKind::ngram ? "ngram" : "xz",
                            row.order, recipe.chunk(), recipe.valid_share);
    }
    // Of bytes it says nothing, so that results from before there were pairs keep their keys.
    if (recipe.tokenizer != Tokenizer::bytes) {
        for (const char* key : {"tokenizer", "merges"}) {
            const TrainOptionRow& option = *find_train_option(key);
            what += fmt::format("\n{} {}", key, option.choices[option.get(recipe)]);
        }
    }
    return hex_digest(what);
}

// Throws where the options name a model that cannot be.
void check_model(const TrainCommand& command, const TrainOptions& options, const std::string& where) {
    try {
        chosen_config(command, default_config(command, options.seq));
    } catch (const std::runtime_error& e) {  // Failure and UsageError
        throw Failure(fmt::format("{}: {}", where, e.what()));
    }
}

}  // namespace

SweepTexts load_texts(const Sweep& sweep) {
    SweepTexts texts;
    texts.text = load(sweep.data, sweep.first_bytes);
    if (!sweep.valid.empty()) texts.valid = load(sweep.valid, sweep.first_bytes);
    Digest digest;
    digest.add(texts.text.data(), texts.text.size());
    digest.add(texts.valid.data(), texts.valid.size());
    texts.digest = digest.value();
    return texts;
}

TextParts parts_of(const SweepTexts& texts, const TrainOptions& recipe, const std::string& where) {
    if (!texts.valid.empty()) return {texts.text, texts.valid};
    const TextSplit split = split_text(texts.text.size(), recipe);
    if (split.valid < 2)
        throw Failure(
            fmt::format("{}: valid-share {} of {} bytes in chunks of {} leaves no validation text: "
                        "use more text or a larger share",
                        where, recipe.valid_share, texts.text.size(), recipe.chunk()));
    const std::span<const uint8_t> text(texts.text);
    return {text.first(split.train), text.subspan(split.train, split.valid)};
}

std::vector<Job> plan(const Sweep& sweep, const SweepTexts& texts) {
    std::vector<TrainOptions> recipes;
    std::vector<std::string> teacher_keys(sweep.rows.size());
    std::map<std::string, std::string> teachers;  // digests by file
    for (const Row& row : sweep.rows) {
        const std::string where = fmt::format("{}: row '{}'", sweep.path, row.name);
        const TrainCommand command = train_command(row.arguments, where);
        recipes.push_back(recipe(command));
        require(validate(recipes.back()), where);
        check_model(command, recipes.back(), where);
        parts_of(texts, recipes.back(), where);
        if (row.teacher.model.empty()) continue;
        if (const Tokenizer wanted = recipes.back().tokenizer; wanted != Tokenizer::automatic)
            teacher_vocabulary(row.teacher, wanted);  // throws where it has another
        std::string& digest = teachers[row.teacher.model];
        if (digest.empty()) {
            const std::vector<uint8_t> bytes = read_file(row.teacher.model);
            digest = hex64(digest_of(bytes.data(), bytes.size()));
        }
        // Kernels may differ in the last bits, and then so do the opinions.
        teacher_keys[recipes.size() - 1] = hex_digest(fmt::format(
            "{} {} {}", digest, hex64(texts.digest), kernel_set_of(command.kernels, command.exact).name));
    }
    std::vector<Job> jobs;
    for (const uint64_t seed : sweep.seeds) {
        for (uint32_t r = 0; r < sweep.rows.size(); r++) {
            const Row& row = sweep.rows[r];
            const bool seeded = row.kind == RowKind::model;
            if (!seeded && seed != sweep.seeds[0]) continue;
            Job job;
            job.row = r;
            if (seeded) job.seed = seed;
            const auto teacher = teachers.find(row.teacher.model);
            job.key = key_of(row, job.seed, recipes[r], texts,
                             teacher == teachers.end() ? std::string() : teacher->second);
            job.teacher_key = teacher_keys[r];
            jobs.push_back(std::move(job));
        }
    }
    return jobs;
}

std::string title(const Sweep& sweep, const Job& job) {
    const std::string& name = sweep.rows[job.row].name;
    return job.seed ? fmt::format("{}, seed {}", name, *job.seed) : name;
}

Folder::Folder(std::string folder) : path(std::move(folder)) {
    for (const char* inner : {"jobs", "logs", "models", "teachers"}) {
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::path(path) / inner, error);
        if (error) throw Failure(fmt::format("{}/{}: cannot be made: {}", path, inner, error.message()));
    }
}

}  // namespace atome::cli
