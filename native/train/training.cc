#include "native/train/training.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "atome/formats/model_tensors.h"
#include "atome/formats/safetensors.h"
#include "atome/kernels/registry.h"
#include "atome/quant/coded_model.h"
#include "atome/train/run.h"
#include "atome/train/settings.h"
#include "native/cli/interrupt.h"
#include "native/cli/output.h"
#include "native/cli/progress.h"
#include "native/cli/terminal.h"
#include "native/evaluate/generation.h"
#include "native/io/file_lock.h"
#include "native/io/files.h"
#include "native/io/stopwatch.h"
#include "native/io/thread_pool.h"
#include "native/model/model_file.h"
#include "native/train/train_model.h"

namespace atome::cli {
namespace {

// A run that is continued keeps its settings: an option that would change one is refused. --minutes has
// become --steps, and those stay.
void refuse_changes(const TrainCommand& c, const TrainingRun& run, const AnyConfig& config) {
    const bool vanilla = std::holds_alternative<GptConfig>(config);
    if (c.model && (*c.model == ModelKind::vanilla) != vanilla)
        throw Failure(fmt::format("{}: holds a {} model: leave out --model to continue that run", c.out,
                                  model_name(config)));
    const Tokenizer tokenizer =
        run.trainer().network().vocabulary().empty() ? Tokenizer::bytes : Tokenizer::pairs;
    for (const Given& g : c.given) {
        TrainOptions changed = run.options();
        g.apply(changed);
        // What automatic has chosen may be said, too.
        if (changed.tokenizer == tokenizer) changed.tokenizer = run.options().tokenizer;
        if (!(changed == run.options()))
            throw Failure(fmt::format("{}: was trained with another {}: leave it out to continue that run",
                                      c.out, g.option));
    }
    const bool teaches = !c.teacher.model.empty(), taught = run.options().teacher_alpha > 0;
    const bool alpha_given =
        std::any_of(c.given.begin(), c.given.end(), [](const Given& g) { return g.option == "--alpha"; });
    if (taught && !teaches)
        throw Failure(
            fmt::format("{}: learns from a teacher: use atome distill to continue that run", c.out));
    if (teaches && !taught && !alpha_given)
        throw Failure(
            fmt::format("{}: learns without a teacher: use atome train to continue that run", c.out));
    if (chosen_config(c, config) != config)
        throw Failure(
            fmt::format("{}: holds a model of other dimensions: leave them out to continue that run", c.out));
}

class Training {
  public:
    Training(const TrainCommand& c, TrainTexts texts)
        : c_(c), texts_(std::move(texts)), pool_(c.threads.value_or(std::min(cores(), Trainer::kShards))) {}

    TrainResult run() {
        const InterruptGuard guard;  // from here on, since start() saves a first time
        start();
        watch_ = since_save_ = Stopwatch();
        const uint32_t steps = run_->options().steps;
        first_ = run_->steps_done();
        const uint32_t eval_every = c_.eval_every.value_or(std::clamp(steps / 20, 50u, 1000u));
        const uint32_t sample_every = c_.sample_every.value_or(4 * eval_every);
        Progress progress(steps, "steps");
        progress.update(first_);
        progress_ = &progress;
        while (!run_->done() && !interrupted()) {
            step();
            const uint32_t done = run_->steps_done();
            if (!run_->done() && done % eval_every == 0) evaluate(true);
            if (sample_every > 0 && !run_->done() && done % sample_every == 0) sample();
            if (due_to_save()) save();
            progress.update(done, suffix());
        }
        if (interrupted()) {
            save();
            progress.finish();
            throw Interrupted(
                fmt::format("{}: stopped at step {} of {}: the same command with --resume continues", c_.out,
                            run_->steps_done(), steps));
        }
        evaluate(false);
        save();
        progress.finish();
        return result();
    }

  private:
    void start() {
        std::vector<uint8_t> text = std::move(texts_.text);
        const KernelSet kernels = kernel_set_of(c_.kernels, c_.exact);
        // Before any work is done: a path that cannot be written, or that another writes, shows at once.
        require_writable(c_.out);
        if (c_.keep_best) require_writable(beside(c_.out, "best"));
        lock_ = lock_output(c_.out, "another process trains it: wait until it ends, or use another --out");
        if (c_.resume && std::filesystem::exists(c_.out)) {
            RunNotes notes;
            const std::vector<uint8_t> bytes = read_file(c_.out);
            NamedTensors file;
            require(parse_safetensors(bytes.data(), bytes.size(), &file), c_.out);
            NetworkModel model = saved_model(file, c_.out, &config_);
            require(
                TrainingRun::resume(file, std::move(model), std::move(text), kernels, pool_, &run_, &notes),
                c_.out);
            refuse_changes(c_, *run_, config_);
            find_teacher(kernels, *run_);
            if (const auto it = notes.find("run.best_valid_nats"); it != notes.end()) {
                uint64_t bits = 0;
                if (parse_hex64(it->second, &bits)) best_nats_ = std::bit_cast<double>(bits);
            }
            note(fmt::format("{}: continuing at step {} of {}", c_.out, run_->steps_done(),
                             run_->options().steps));
            return;
        }
        TrainOptions options = recipe(c_);
        config_ = chosen_config(c_, default_config(c_, options.seq));
        if (c_.minutes)
            options = recipe(c_, steps_in(60 * static_cast<double>(*c_.minutes), options, text, kernels));
        require(validate(options), "train");
        NetworkModel model = fresh_model(config_, vocabulary(text, options), options.seed);
        require(TrainingRun::create(std::move(model), options, std::move(text), kernels, pool_, &run_),
                "train");
        find_teacher(kernels, *run_);
        // Nothing is lost: earlier models of these names keep their bytes under others.
        keep(c_.out);
        if (c_.keep_best) keep(beside(c_.out, "best"));
        save();
        if (run_->bytes_per_token() > 1)
            note(fmt::format("tokens of {:.2f} bytes on average; figures are per byte of text",
                             run_->bytes_per_token()));
        note(fmt::format("{} parameters ({}), {} kernels, {} thread{}, {} steps of {} bytes",
                         grouped(parameters_of(config_)), text_of(config_), kernels.name, pool_.workers(),
                         pool_.workers() == 1 ? "" : "s", grouped(options.steps),
                         grouped(static_cast<uint64_t>(run_->bytes_per_step()))));
    }

    void keep(const std::string& path) const {
        if (const auto name = keep_previous(path)) note(fmt::format("{}: existed, kept as {}", path, *name));
    }

    // The teacher's opinions of the run's text are found once, for whatever run asks first.
    void find_teacher(const KernelSet& kernels, TrainingRun& run) {
        if (c_.teacher.model.empty()) return;
        TeacherOptions t = c_.teacher;
        if (t.cache.empty()) t.cache = std::filesystem::path(c_.out).replace_extension(".teacher").string();
        for (const auto& [a, b] : {std::pair(t.model, c_.out), {t.cache, c_.out}, {t.cache, t.model}})
            if (same_file(a, b))
                throw Failure(
                    fmt::format("{}: teacher, cache and --out are three files: use another name", a));
        if (!teacher_) teacher_ = open_teacher(t, run.tokens(), run.trainer().network(), kernels, pool_);
        require(run.set_teacher(teacher_.get()), t.cache);
    }

    // What the tokens of a fresh model stand for: those of its teacher, which must be the same, else of the
    // text.
    std::vector<uint8_t> vocabulary(const std::vector<uint8_t>& text, const TrainOptions& options) const {
        if (!c_.teacher.model.empty()) return teacher_vocabulary(c_.teacher, options.tokenizer);
        const uint32_t V = std::visit([](const auto& c) { return c.vocab_size; }, config_);
        return choose_vocabulary(text.data(), text.size(), options, V);
    }

    // How many steps take `seconds` here: a throw-away run is timed for about a second.
    uint32_t steps_in(double seconds, TrainOptions options, const std::vector<uint8_t>& text,
                      KernelSet kernels) {
        options.steps = 1'000'000;
        options.warmup = 0;
        std::unique_ptr<TrainingRun> trial;
        NetworkModel model = fresh_model(config_, vocabulary(text, options), options.seed);
        require(TrainingRun::create(std::move(model), options, text, kernels, pool_, &trial), "train");
        find_teacher(kernels, *trial);
        StepResult result;
        require(trial->step(&result), "train");  // memory is touched for the first time here
        const Stopwatch watch;
        do {
            require(trial->step(&result), "train");
        } while (watch.seconds() < 1);
        const double rate = (trial->steps_done() - 1) / watch.seconds();
        return static_cast<uint32_t>(std::clamp(rate * seconds, 1.0, 1e8));
    }

    void step() {
        const Stopwatch watch;
        StepResult result;
        require(run_->step(&result), c_.out);
        step_seconds_ += watch.seconds();
        loss_ = loss_ ? 0.98 * *loss_ + 0.02 * result.loss : result.loss;
    }

    void evaluate(bool quick) {
        const bool other_text = !quick && !texts_.valid.empty();
        if (other_text || run_->has_validation()) {
            Evaluation e;
            if (other_text)
                require(run_->evaluate(texts_.valid.data(), texts_.valid.size(), &e), c_.out);
            else
                require(run_->validate(quick, &e), c_.out);
            valid_ = e;
            if (e.nats < best_nats_) {
                best_nats_ = e.nats;
                // The last model is saved at the end anyway; a copy under the other name is the best so far.
                if (c_.keep_best) write_file_atomic(beside(c_.out, "best"), checkpoint());
            }
        }
        if (!c_.log.empty()) {
            Json line = {{"step", run_->steps_done()}, {"seconds", watch_.seconds()}};
            if (loss_) line["loss"] = *loss_;  // a finished run that is resumed makes no step
            if (valid_) line["valid_bpb"] = valid_->bits();
            std::ofstream log(c_.log, std::ios::app);
            log << line.dump() << "\n" << std::flush;
            if (!log) throw Failure(fmt::format("{}: cannot be written", c_.log));
        }
    }

    // The model of this moment, as a chip would run it, goes on with the prompt. A GPT has no engine.
    void sample() {
        if (!std::holds_alternative<Config>(config_)) return;
        CodedModel coded;
        require(quantise(run_->model(), &coded), c_.out);
        const ModelFile model = ModelFile::from(std::move(coded), c_.out);
        RunnableModel runnable(model, model.window_or(64), run_->trainer().kernels().infer);
        SamplerOptions options;
        options.temperature = 0.7f;
        options.top_p = 0.9f;
        options.seed = run_->steps_done();
        require(runnable.stream().sampling(options), "sampling");
        RouterStats stats(model.config());
        // The prompt's bytes may lie outside a small vocabulary: those are left out.
        std::string prompt = c_.prompt.value_or("\n");
        if (!runnable.stream().vocabulary())
            std::erase_if(prompt,
                          [&](char ch) { return static_cast<uint8_t>(ch) >= model.config().vocab_size; });
        read(runnable.stream(), prompt, "--prompt");
        std::string text = c_.prompt.value_or("\n");
        write(runnable.stream(), stats, 160, [&text](char ch) { text += ch; });
        text.resize(text.size() - unfinished_character(text));
        // One line on the terminal: the text's own lines are joined.
        text.erase(0, text.find_first_not_of('\n'));
        for (std::size_t at; (at = text.find('\n')) != std::string::npos;)
            text.replace(at, text.find_first_not_of('\n', at) - at, " / ");
        progress_->message(fmt::format("step {}: {}", run_->steps_done(), printable(text)));
    }

    bool due_to_save() const {
        if (run_->done()) return false;
        if (c_.save_every) return run_->steps_done() % *c_.save_every == 0;
        return since_save_.seconds() >= 5;
    }

    std::vector<uint8_t> checkpoint() const {
        RunNotes notes;
        notes["run.best_valid_nats"] = hex64(std::bit_cast<uint64_t>(best_nats_));
        std::vector<uint8_t> bytes;
        require(run_->checkpoint(notes, &bytes), c_.out);
        return bytes;
    }

    void save() {
        write_file_atomic(c_.out, checkpoint());
        since_save_ = Stopwatch();
    }

    std::string suffix() const {
        std::string s;
        if (loss_) s += fmt::format("loss {:.3f}", *loss_);
        if (valid_) s += fmt::format("  valid {:.3f} bpb", valid_->bits());
        return s + fmt::format("  {} bytes/s", grouped(static_cast<uint64_t>(rate())));
    }

    // Bytes trained on per second of training, without validation, samples and saving.
    double rate() const {
        const double steps = run_->steps_done() - first_;
        return step_seconds_ > 0 ? steps * run_->bytes_per_step() / step_seconds_ : 0;
    }

    TrainResult result() {
        Evaluation train;
        require(run_->evaluate_training_text(&train), c_.out);
        TrainResult r;
        r.steps = run_->steps_done();
        r.train_bpb = train.bits();
        if (valid_) {
            r.valid_bpb = valid_->bits();
            r.best_valid_bpb = Evaluation{.nats = best_nats_}.bits();
        }
        r.seconds = watch_.seconds();
        r.bytes_per_second = rate();
        r.seconds_per_step = rate() > 0 ? run_->bytes_per_step() / rate() : 0;
        r.digest = hex64(run_->weights_digest());
        r.model = model_name(config_);
        r.tokenizer = tokenizer_name(run_->trainer().network().vocabulary());
        r.bytes_per_token = run_->bytes_per_token();
        r.parameters = parameters_of(config_);
        r.kernels = run_->trainer().kernels().name;
        r.threads = pool_.workers();
        return r;
    }

    void note(const std::string& text) const {
        if (!c_.json) fmt::print(stderr, "{}\n", text);
    }

    const TrainCommand& c_;
    TrainTexts texts_;
    ThreadPool pool_;
    AnyConfig config_;
    std::unique_ptr<FileLock> lock_;  // of c_.out
    std::unique_ptr<SoftTargets> teacher_;
    std::unique_ptr<TrainingRun> run_;
    Progress* progress_ = nullptr;
    Stopwatch watch_, since_save_;
    double step_seconds_ = 0;
    uint32_t first_ = 0;               // steps that were done when this program started
    std::optional<double> loss_;       // nats, smoothed over about 50 steps
    std::optional<Evaluation> valid_;  // the last one
    double best_nats_ = 1e30;
};

}  // namespace

TrainResult train(const TrainCommand& command, TrainTexts texts) {
    return Training(command, std::move(texts)).run();
}

}  // namespace atome::cli
