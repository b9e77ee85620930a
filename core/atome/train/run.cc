#include "atome/train/run.h"

#include "atome/kernels/registry.h"

#include <algorithm>
#include <cstring>

#include "atome/base/digest.h"
#include "atome/tokens/chunks.h"
#include "atome/train/settings.h"

namespace atome {

namespace {

constexpr std::string_view kMoments[] = {"optimizer.m.", "optimizer.v."};

}  // namespace

Status TrainingRun::create(NetworkModel model, const TrainOptions& options, std::vector<uint8_t> text,
                           KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out) {
    ATOME_TRY(atome::validate(options));
    if (options.seq > model.network->max_positions())
        return Status::error(Code::bad_config, "seq is ", options.seq, ": this model takes at most ",
                             model.network->max_positions(), " positions");
    const bool bytes = model.network->vocabulary().empty();
    if (bytes && options.chunk() - 1 > model.network->max_positions())
        return Status::error(Code::bad_config, "valid_seq is ", options.chunk(),
                             ": this model takes at most ", model.network->max_positions(), " positions");
    if (text.size() < 2)
        return Status::error(Code::bad_argument, "the text has ", text.size(),
                             " bytes: training needs at least 2");
    if (text.size() > 0x7FFFFFFF)
        return Status::error(Code::bad_argument, "the text has ", text.size(), " bytes: use at most 2 GiB");
    const uint32_t V = model.network->vocab_size();
    for (std::size_t i = 0; V < 256 && i < text.size(); i++)
        if (text[i] >= V)
            return Status::error(Code::bad_argument, "byte ", i, " of the text is ", text[i],
                                 ": the vocabulary is 0..", V - 1);
    std::unique_ptr<TrainingRun> run(new TrainingRun);
    run->options_ = options;
    run->text_ = std::move(text);
    run->text_digest_ = digest_of(run->text_.data(), run->text_.size());
    run->split_ = split_text(run->text_.size(), options);
    ATOME_TRY(run->encode(model.network->vocabulary()));
    run->batches_ = bytes ? std::make_unique<Batches>(run->text_.data(), run->split_.train, options)
                          : std::make_unique<Batches>(&run->encoded_, options);
    // A chunk of bytes that are no tokens has two tokens each.
    const uint32_t most =
        std::max({run->batches_->positions(), options.seq, options.chunk() * (bytes ? 1 : 2)});
    const uint32_t positions = std::min(most, model.network->max_positions());
    run->trainer_ = std::make_unique<Trainer>(std::move(model), positions, kernels, executor);
    // So that a checkpoint says only what has been trained.
    if (!run->trainer_->calibrates()) run->options_.router_calibration = 0;
    // Better now than at a validation after hours. Bytes have been checked above.
    if (run->has_validation() && !bytes && most > positions)
        ATOME_TRY(run->trainer_->check_positions(
            Chunks(run->trainer_->network().vocabulary(), run->text_.data() + run->split_.train,
                   run->split_.valid, options.chunk()),
            options.chunk()));
    run->batch_.resize(static_cast<std::size_t>(options.batch) * (run->batches_->positions() + 1));
    run->places_.resize(options.batch);
    *out = std::move(run);
    return {};
}

// The training part as tokens of a vocabulary.
Status TrainingRun::encode(const std::vector<uint8_t>& table) {
    if (table.empty()) return {};
    Vocabulary vocabulary;
    ATOME_TRY(Vocabulary::open(table.data(), table.size(), &vocabulary));
    encoded_ = EncodedText(vocabulary, text_.data(), split_.train);
    bytes_ = false;
    const std::size_t n = tokens().size();
    if (n < 2)
        return Status::error(
            Code::bad_argument, "the training text's ", split_.train,
            " bytes are one token of pairs: training needs at least 2, so use tokenizer bytes");
    bytes_per_token_ = static_cast<double>(split_.train) / static_cast<double>(n);
    return {};
}

Status TrainingRun::set_teacher(const SoftTargets* teacher) {
    if (teacher->positions() != tokens().size())
        return Status::error(Code::bad_argument, "the teacher knows a text of ", teacher->positions(),
                             " tokens: this one has ", tokens().size());
    teacher_ = teacher;
    return {};
}

Status TrainingRun::step(StepResult* result) {
    const uint32_t step = steps_done();
    batches_->draw(step, batch_.data(), places_.data());
    const Distillation distillation = {teacher_, places_.data(), options_.teacher_alpha,
                                       options_.teacher_temperature};
    ATOME_TRY(trainer_->step(options_, learning_rate(options_, step), batch_.data(), options_.batch,
                             batches_->positions(), result, teacher_ ? &distillation : nullptr));
    result->loss /= bytes_per_token_;
    return {};
}

Status TrainingRun::validate(bool quick, Evaluation* result) {
    if (!has_validation()) return Status::error(Code::bad_argument, "this run keeps no text for validation");
    const std::size_t n = quick ? quick_bytes() : split_.valid;
    return trainer_->evaluate(text_.data() + split_.train, n, options_.chunk(), result);
}

std::size_t TrainingRun::quick_bytes() const {
    return std::min(split_.valid, std::max<std::size_t>(kQuickValidation, options_.chunk()));
}

Status TrainingRun::validate_piece(std::size_t first, std::size_t most, Evaluation* result,
                                   std::size_t* covered) {
    if (!has_validation()) return Status::error(Code::bad_argument, "this run keeps no text for validation");
    if (first % options_.chunk() != 0)
        return Status::error(Code::bad_argument, "a piece that starts at ", first,
                             ": use a multiple of the chunk, which is ", options_.chunk());
    const std::size_t all = quick_bytes(), left = all > first ? all - first : 0;
    const std::size_t piece =
        std::min(left, std::max<std::size_t>(most / options_.chunk(), 1) * options_.chunk());
    *result = {};
    *covered = piece;
    // What is left over at the end is no whole chunk and counts only where it is all there is.
    if (piece < std::min<std::size_t>(options_.chunk(), all) || piece < 2) return {};
    return trainer_->evaluate(text_.data() + split_.train + first, piece, options_.chunk(), result);
}

Status TrainingRun::evaluate_training_text(Evaluation* result) {
    const std::size_t n = has_validation() ? std::min(split_.train, split_.valid) : split_.train;
    return trainer_->evaluate(text_.data(), n, options_.chunk(), result);
}

FloatModel TrainingRun::model() const {
    FloatModel m = trainer_->model();
    m.window = options_.seq;
    return m;
}

Status TrainingRun::checkpoint(const RunNotes& notes, std::vector<uint8_t>* out) const {
    Strings metadata(notes);
    write_settings(options_, &metadata);
    const OptimizerState& optimizer = trainer_->optimizer();
    metadata["train.steps_done"] = hex64(optimizer.steps);
    metadata["train.text_digest"] = hex64(text_digest_);
    std::vector<ExtraTensor> extra;
    for (std::size_t moment = 0; moment < 2; moment++) {
        const auto& values = moment == 0 ? optimizer.m : optimizer.v;
        for (uint32_t i = 0; i < values.size(); i++) {
            if (values[i].empty()) continue;
            ExtraTensor t;
            t.name = std::string(kMoments[moment]) + trainer_->network().parameters()[i].name;
            t.shape = {values[i].size()};
            t.bytes.resize(values[i].size() * sizeof(float));
            std::memcpy(t.bytes.data(), values[i].data(), t.bytes.size());
            extra.push_back(std::move(t));
        }
    }
    return trainer_->network().write(trainer_->weights(), options_.seq, extra, metadata, out);
}

Status TrainingRun::resume(const NamedTensors& file, NetworkModel model, std::vector<uint8_t> text,
                           KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out,
                           RunNotes* notes) {
    TrainOptions options;
    ATOME_TRY(read_settings(file.metadata, &options));
    const bool pairs = !model.network->vocabulary().empty();
    if (options.tokenizer == (pairs ? Tokenizer::bytes : Tokenizer::pairs))
        return Status::error(Code::bad_file, "the setting train.tokenizer is ", pairs ? "bytes" : "pairs",
                             ", but the model's tokens are ", pairs ? "pairs" : "bytes",
                             ": this is no checkpoint of a training run");
    uint64_t steps_done = 0, text_digest = 0;
    const auto number = [&file](const char* key, uint64_t* value) {
        const std::string* s = file.meta(key);
        return s && parse_hex64(*s, value);
    };
    if (!number("train.steps_done", &steps_done) || !number("train.text_digest", &text_digest) ||
        steps_done > options.steps)
        return Status::error(Code::bad_file,
                             "train.steps_done or train.text_digest is missing or damaged: this is "
                             "no checkpoint of a training run");
    std::unique_ptr<TrainingRun> run;
    ATOME_TRY(create(std::move(model), options, std::move(text), kernels, executor, &run));
    if (run->text_digest_ != text_digest)
        return Status::error(Code::bad_file, "the run was made over another text: continue it with the same");
    const std::vector<Parameter>& parameters = run->trainer_->network().parameters();
    OptimizerState optimizer;
    optimizer.steps = steps_done;
    for (std::size_t moment = 0; moment < 2; moment++) {
        Shadow& values = moment == 0 ? optimizer.m : optimizer.v;
        values.resize(parameters.size());
        for (std::size_t i = 0; i < parameters.size(); i++) {
            if (!parameters[i].active) continue;
            const std::string name = std::string(kMoments[moment]) + parameters[i].name;
            const NamedTensor* t = file.find(name);
            if (!t)
                return Status::error(Code::bad_file, "the tensor ", std::string_view(name),
                                     " is missing: training cannot continue");
            ATOME_TRY(to_floats(*t, &values[i]));
        }
    }
    ATOME_TRY(run->trainer_->restore(std::move(optimizer)));
    if (notes)
        for (const auto& [key, value] : file.metadata)
            if (key.rfind("run.", 0) == 0) (*notes)[key] = value;
    *out = std::move(run);
    return {};
}

}  // namespace atome
