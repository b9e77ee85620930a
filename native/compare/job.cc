#include "native/compare/job.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "atome/deploy/fit.h"
#include "atome/formats/model_tensors.h"
#include "atome/tokens/vocabulary.h"
#include "atome/train/batches.h"
#include "native/cli/interrupt.h"
#include "native/compare/floors.h"
#include "native/evaluate/evaluate.h"
#include "native/io/file_lock.h"
#include "native/io/files.h"
#include "native/io/stopwatch.h"
#include "native/train/training.h"

namespace atome::cli {
namespace {

constexpr std::string_view kStatuses[] = {"done", "diverged", "failed"};

void train_model(const Row& row, const SweepTexts& texts, const Job& job, const Folder& folder,
                 JobResult* result) {
    const std::string out = folder.model(job);
    std::vector<std::string> arguments = row.arguments;
    arguments.push_back(fmt::format("--seed={}", *job.seed));
    TrainCommand command = train_command(arguments, row.name);
    if (!texts.valid.empty())
        command.given.push_back({"--valid-share", [](TrainOptions& o) { o.valid_share = 0; }});
    command.out = out;
    command.teacher = row.teacher;
    if (!job.teacher_key.empty() && command.teacher.cache.empty())
        command.teacher.cache = folder.teacher(job);
    command.keep_best = false;
    command.resume = true;
    command.threads = 1;
    // No validation and no samples on the way unless asked for: they are not what is compared. A vanilla
    // model gives no samples, and has no option for them.
    if (!command.eval_every) command.eval_every = recipe(command).steps;
    if (!command.sample_every && !is_vanilla(command)) command.sample_every = 0;
    const TrainResult trained = train(command, {texts.text, texts.valid});
    result->valid_bpb = trained.valid_bpb;
    result->train_bpb = trained.train_bpb;
    result->parameters = trained.parameters;
    result->tokenizer = trained.tokenizer;
    result->bytes_per_token = trained.bytes_per_token;
    if (trained.seconds_per_step > 0) result->seconds = trained.seconds_per_step * trained.steps;
    result->steps = trained.steps;
    result->digest = trained.digest;
    const AnyModel model = load_any({out, {}, {}});
    if (const auto* gpt = std::get_if<GptFile>(&model)) {
        const uint64_t table = gpt->model.vocabulary.size();
        result->flash_bytes = weight_bytes(gpt->model.config, Rounding::none) + table;
        const TrainOptions options = recipe(command);
        const std::span<const uint8_t> valid = parts_of(texts, options, row.name).valid;
        const std::string_view text(reinterpret_cast<const char*>(valid.data()), valid.size());
        for (const Rounding r : row.rounds) {
            const EvalResult e =
                evaluate(model, out, text, row.name,
                         {.seq = options.chunk(), .rounding = r, .threads = 1, .kernels = command.kernels});
            result->rounded.push_back({r, e.nats / std::log(2.0), e.weight_bytes + table});
        }
        return;
    }
    FlashBytes flash;
    require(flash_bytes(std::get<ModelFile>(model).coded(), &flash), out);
    result->flash_bytes = flash.trit5;
}

void measure_floor(const Row& row, const SweepTexts& texts, JobResult* result) {
    const Stopwatch watch;
    TrainOptions options = recipe(train_command(row.arguments, row.name));
    const TextParts parts = parts_of(texts, options, row.name);
    if (row.kind == RowKind::ngram) {
        if (!texts.valid.empty()) options.valid_share = 0;  // as a model's
        const std::vector<uint8_t> vocabulary =
            choose_vocabulary(texts.text.data(), texts.text.size(), options, Vocabulary::kMostTokens);
        const NgramFloor floor =
            ngram_floor(parts.train, parts.valid, options.chunk(), row.order, vocabulary);
        result->valid_bpb = floor.valid_bpb;
        result->flash_bytes = floor.table_bytes;
        result->tokenizer = tokenizer_name(vocabulary);
        result->bytes_per_token = floor.bytes_per_token;
    } else {
        result->valid_bpb = xz_floor(parts.train, parts.valid);
    }
    result->seconds = watch.seconds();
}

void write_result(const Sweep& sweep, const Job& job, const Folder& folder, const JobResult& result) {
    Json json = {{"row", sweep.rows[job.row].name}, {"seed", nullptr}, {"key", job.key}};
    if (job.seed) json["seed"] = *job.seed;
    json.update(to_json(result));
    json["arguments"] = sweep.rows[job.row].arguments;
    write_file_atomic(folder.result(job), json.dump(2) + "\n");
}

template <class T>
void put(Json* json, const char* key, const std::optional<T>& value) {
    (*json)[key] = nullptr;
    if (value) (*json)[key] = *value;
}

template <class T>
void take(const Json& json, const char* key, std::optional<T>* value) {
    if (!json.at(key).is_null()) *value = json.at(key).get<T>();
}

}  // namespace

std::string_view name(JobStatus status) { return kStatuses[static_cast<unsigned>(status)]; }

bool is_finished(const JobResult& result, const Row& row) {
    if (result.status != JobStatus::done) return result.status == JobStatus::diverged;
    return std::all_of(row.rounds.begin(), row.rounds.end(), [&](Rounding wanted) {
        return std::any_of(result.rounded.begin(), result.rounded.end(),
                           [&](const RoundedResult& r) { return r.rounding == wanted; });
    });
}

Json to_json(const JobResult& r) {
    Json json = {{"status", name(r.status)}};
    if (!r.message.empty()) json["message"] = r.message;
    put(&json, "valid_bpb", r.valid_bpb);
    put(&json, "train_bpb", r.train_bpb);
    put(&json, "parameters", r.parameters);
    if (!r.tokenizer.empty()) json["tokenizer"] = r.tokenizer;
    if (r.bytes_per_token) json["bytes_per_token"] = *r.bytes_per_token;
    put(&json, "flash_bytes", r.flash_bytes);
    put(&json, "seconds", r.seconds);
    put(&json, "steps", r.steps);
    json["digest"] = r.digest;
    for (const RoundedResult& rounded : r.rounded)
        json["rounded"].push_back({{"round", name(rounded.rounding)},
                                   {"valid_bpb", rounded.valid_bpb},
                                   {"flash_bytes", rounded.flash_bytes}});
    return json;
}

std::optional<JobResult> read_result(const Folder& folder, const Job& job) {
    const std::string path = folder.result(job);
    if (!std::filesystem::exists(path)) return std::nullopt;
    try {
        const Json json = Json::parse(read_text(path));
        JobResult r;
        const std::string status = json.at("status").get<std::string>();
        const auto* found = std::find(std::begin(kStatuses), std::end(kStatuses), status);
        if (found == std::end(kStatuses))
            throw Failure(path + ": unknown status: remove it, and the job runs again");
        r.status = static_cast<JobStatus>(found - std::begin(kStatuses));
        if (const Json* message = json.find("message")) r.message = message->get<std::string>();
        take(json, "valid_bpb", &r.valid_bpb);
        take(json, "train_bpb", &r.train_bpb);
        take(json, "parameters", &r.parameters);
        if (const Json* tokenizer = json.find("tokenizer")) r.tokenizer = tokenizer->get<std::string>();
        if (const Json* size = json.find("bytes_per_token")) r.bytes_per_token = size->get<double>();
        take(json, "flash_bytes", &r.flash_bytes);
        take(json, "seconds", &r.seconds);
        take(json, "steps", &r.steps);
        r.digest = json.at("digest").get<std::string>();
        const Json* list = json.find("rounded");
        for (const Json& rounded : list ? list->elements() : Json::Array()) {
            RoundedResult entry;
            if (!parse_rounding(rounded.at("round").get<std::string>(), &entry.rounding))
                throw Failure(path + ": unknown rounding: remove it, and the job runs again");
            entry.valid_bpb = rounded.at("valid_bpb").get<double>();
            entry.flash_bytes = rounded.at("flash_bytes").get<uint64_t>();
            r.rounded.push_back(entry);
        }
        return r;
    } catch (const Json::Error&) {
        throw Failure(path + ": is no result of a job: remove it, and the job runs again");
    }
}

JobResult run_job(const Sweep& sweep, const SweepTexts& texts, const Job& job, const Folder& folder) {
    const FileLock lock(folder.lock(job), "another process runs this job");
    const Row& row = sweep.rows[job.row];
    const std::optional<JobResult> earlier = read_result(folder, job);
    if (earlier && is_finished(*earlier, row)) return *earlier;
    JobResult result;
    try {
        if (row.kind == RowKind::model)
            train_model(row, texts, job, folder, &result);
        else
            measure_floor(row, texts, &result);
        if (!std::isfinite(*result.valid_bpb))
            throw Failure("the validation loss is not finite", Code::not_finite);
    } catch (const std::exception& e) {
        if (interrupted()) throw;
        const auto* failure = dynamic_cast<const Failure*>(&e);
        const bool diverged = failure && failure->code() == Code::not_finite;
        result = {};
        result.status = diverged ? JobStatus::diverged : JobStatus::failed;
        result.message = e.what();
        write_result(sweep, job, folder, result);
        if (!diverged) throw;
        return result;
    }
    // The run was there, and only its rounding is new.
    if (earlier && !result.seconds && earlier->digest == result.digest) result.seconds = earlier->seconds;
    write_result(sweep, job, folder, result);
    return result;
}

}  // namespace atome::cli
