#include "wasm/training.h"

#include <algorithm>
#include <numeric>

#include "atome/formats/model_tensors.h"
#include "atome/kernels/registry.h"
#include "atome/quant/coded_model.h"
#include "atome/train/settings.h"

namespace atome::wasm {

namespace {

// About how many bytes a run of this shape takes.
uint64_t memory(const Config& c, const TrainOptions& o, std::size_t text, bool pairs) {
    // A chunk of bytes that are no tokens has two tokens each.
    const uint64_t T = std::max(o.seq, o.chunk() * (pairs ? 2 : 1)), L = c.n_layers, D = padded(c.d_model),
                   F = padded(c.d_ff);
    const uint64_t rows = 2 * uint64_t{c.d_head} + D + 16;
    // See Activations: what each position leaves behind, by layer and at the end.
    const uint64_t layer = 8 * D + rows + 2 * F + 2 * c.top_k + 8;
    const uint64_t activations = T * (L * layer + 6 * D + rows + F + c.vocab_size + c.d_head);
    // Weights, two moments, gradients, the shards' gradients, work weights, and copies for checkpoints.
    const uint64_t weights = parameter_count(c) * (4 + Trainer::kShards + 3 + 6);
    // Of pairs the tokens, too, and where each begins.
    const uint64_t texts = (pairs ? 7 : 2) * uint64_t{text};
    return 4 * (activations + weights) + texts + uint64_t{o.batch} * (T + 1);
}

}  // namespace

Status Training::check_memory(const Config& config, const TrainOptions& options, std::size_t text,
                              bool pairs) {
    ATOME_TRY(validate(config));
    ATOME_TRY(validate(options));
    const uint64_t bytes = memory(config, options, text, pairs);
    if (bytes > kMaxMemoryBytes)
        return Status::error(Code::out_of_memory, "this run needs about ", bytes >> 20,
                             " MiB of memory and the limit is ", kMaxMemoryBytes >> 20,
                             " MiB: use a smaller model, batch, seq or text");
    return {};
}

Status Training::create(const FloatModel& model, const TrainOptions& options, std::vector<uint8_t> text,
                        std::unique_ptr<Training>* out) {
    ATOME_TRY(check_memory(model.config, options, text.size(), !model.vocabulary.empty()));
    auto t = std::make_unique<Training>();
    ATOME_TRY(create_run(model, options, std::move(text), best_kernel_set(true), t->executor_, &t->run_));
    *out = std::move(t);
    return {};
}

Status Training::resume(const std::vector<uint8_t>& checkpoint, std::vector<uint8_t> text,
                        std::unique_ptr<Training>* out, RunNotes* notes) {
    NamedTensors file;
    FloatModel model;
    TrainOptions options;
    ATOME_TRY(parse_safetensors(checkpoint.data(), checkpoint.size(), &file));
    ATOME_TRY(read_model(file, &model));
    ATOME_TRY(read_settings(file.metadata, &options));
    ATOME_TRY(check_memory(model.config, options, text.size(), !model.vocabulary.empty()));
    auto t = std::make_unique<Training>();
    ATOME_TRY(resume_run(checkpoint, std::move(text), best_kernel_set(true), t->executor_, &t->run_, notes));
    *out = std::move(t);
    return {};
}

Status Training::train(uint32_t steps, double milliseconds, double (*now)(), Slice* out) {
    const double start = now();
    Slice slice;
    slice.first_step = run_->steps_done();
    while (!run_->done() && slice.losses.size() < steps) {
        StepResult result{};
        ATOME_TRY(run_->step(&result));
        slice.losses.push_back(static_cast<float>(result.loss));
        slice.grad_norms.push_back(result.grad_norm);
        losses_.push_back(slice.losses.back());
        slice.milliseconds = now() - start;
        if (slice.milliseconds >= milliseconds) break;
    }
    *out = std::move(slice);
    return {};
}

Status Training::code_statistics(CodeStatistics* out) {
    CodedModel coded;
    ATOME_TRY(quantise(run_->model(), &coded));
    CodeStatistics s;
    s.step = run_->steps_done();
    s.since = seen_.tensors.empty() ? s.step : seen_step_;
    for (uint32_t i = 0; i < coded.tensors.size(); i++) {
        const CodedTensor& t = coded.tensors[i];
        if (!t.coded()) continue;
        TensorCodes c{
            i, CodeCounts(t.codes),
            std::accumulate(t.scales.begin(), t.scales.end(), 0.0f) / static_cast<float>(t.scales.size())};
        if (i < seen_.tensors.size() && seen_.tensors[i].codes.size() == t.codes.size())
            for (std::size_t e = 0; e < t.codes.size(); e++)
                c.flips += t.codes[e] != seen_.tensors[i].codes[e];
        s.tensors.push_back(c);
    }
    seen_ = std::move(coded);
    seen_step_ = s.step;
    *out = std::move(s);
    return {};
}

}  // namespace atome::wasm
