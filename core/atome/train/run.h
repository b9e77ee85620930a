// A training run from text to model: batches, schedule, validation, checkpoints. What a program or a page
// drives step by step.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/model/model.h"
#include "atome/train/batches.h"
#include "atome/train/trainer.h"

namespace atome {

// Strings of the caller's that travel in a checkpoint, under names that begin with "run.".
using RunNotes = Strings;

class TrainingRun {
  public:
    // Validation during a run looks at no more than this many bytes; the final one at all of them.
    static constexpr std::size_t kQuickValidation = 65536;

    // Starts from the weights of `model`, whose vocabulary says what the tokens are; a fresh one has that of
    // choose_vocabulary(). router_calibration becomes 0 where there is nothing that it trains
    // (Trainer::calibrates()). The executor must outlive the run. All figures are per byte of text. Errors:
    // bad_config (an option out of range, sequences longer than the network takes), bad_argument (a text of
    // fewer than 2 bytes or tokens, bytes outside the vocabulary, a text over 2 GiB).
    static Status create(NetworkModel model, const TrainOptions& options, std::vector<uint8_t> text,
                         KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out);

    // Continues from what checkpoint() wrote, with `model` read from the same file: the steps that follow are
    // those of the run that wrote it.
    // Errors: those of create(); bad_file (no checkpoint of a run, or of a run over another text).
    static Status resume(const NamedTensors& checkpoint, NetworkModel model, std::vector<uint8_t> text,
                         KernelSet kernels, Executor& executor, std::unique_ptr<TrainingRun>* out,
                         RunNotes* notes = nullptr);

    // From now on the loss is mixed with a teacher's opinion by the options' teacher_alpha and
    // teacher_temperature; it must outlive the run and know this run's tokens(). Not stored in checkpoints.
    // Errors: bad_argument where it knows another number of them.
    Status set_teacher(const SoftTargets* teacher);
    // What batches are drawn from, and behind it perhaps more: of bytes the whole text, of pairs the tokens
    // of the training part.
    const std::vector<uint8_t>& tokens() const { return bytes_ ? text_ : encoded_.tokens(); }

    // The next step; done() must be false. The loss is per byte of text: that of a token times the tokens of
    // the training part over its bytes.
    Status step(StepResult* result);
    bool done() const { return steps_done() >= options_.steps; }
    uint32_t steps_done() const { return static_cast<uint32_t>(trainer_->optimizer().steps); }
    // Bytes of text that one step trains on, on average: B * T times the bytes of a token.
    double bytes_per_step() const { return options_.batch * batches_->positions() * bytes_per_token_; }
    double bytes_per_token() const { return bytes_per_token_; }

    bool has_validation() const { return split_.valid >= 2; }
    // quick: only the first kQuickValidation bytes. bad_argument where there is no validation text.
    Status validate(bool quick, Evaluation* result);
    // A piece of the quick validation, for callers that must not be away for long: from byte `first` on, at
    // most `most` bytes (in whole chunks, at least one). `covered` receives how many, 0 at the end;
    // the means of all pieces, weighted by their predictions, are those of validate(true).
    Status validate_piece(std::size_t first, std::size_t most, Evaluation* result, std::size_t* covered);
    // On as many bytes of the training text as the validation text has.
    Status evaluate_training_text(Evaluation* result);

    // On a text of the caller's (n bytes), cut into chunks as the validation text is.
    Status evaluate(const uint8_t* text, std::size_t n, Evaluation* result) {
        return trainer_->evaluate(text, n, options_.chunk(), result);
    }

    // Only where the network is a routed one; with `seq` as the recommended attention window.
    FloatModel model() const;
    uint64_t weights_digest() const { return trainer_->weights_digest(); }
    const TrainOptions& options() const { return options_; }
    const Trainer& trainer() const { return *trainer_; }

    // A `.safetensors` file: the model, and beside it optimizer.m.*, optimizer.v.* and the settings.
    Status checkpoint(const RunNotes& notes, std::vector<uint8_t>* out) const;

  private:
    TrainingRun() = default;
    Status encode(const std::vector<uint8_t>& vocabulary);
    std::size_t quick_bytes() const;  // of the validation text

    TrainOptions options_;
    std::vector<uint8_t> text_;
    bool bytes_ = true;    // tokens are bytes
    EncodedText encoded_;  // else the training part
    double bytes_per_token_ = 1;
    uint64_t text_digest_ = 0;
    TextSplit split_;
    std::unique_ptr<Batches> batches_;
    std::unique_ptr<Trainer> trainer_;
    const SoftTargets* teacher_ = nullptr;
    std::vector<uint8_t> batch_;         // (B, T + 1)
    std::vector<SequencePlace> places_;  // (B)
};

}  // namespace atome
