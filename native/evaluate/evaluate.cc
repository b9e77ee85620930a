#include "native/evaluate/evaluate.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/network.h"
#include "atome/tokens/chunks.h"
#include "atome/train/trainer.h"
#include "native/cli/progress.h"
#include "native/io/thread_pool.h"
#include "native/model/fixed_plan.h"

namespace atome::cli {
namespace {

// Chunks of a GPT between two updates of the progress bar.
constexpr std::size_t kChunksAtOnce = 64;

// -ln softmax(logits)[target]. In binary64 with the host's exp and log: a figure to report, no part of the
// model, so it need not have the same bits everywhere.
double cross_entropy(const float* logits, uint32_t V, uint32_t target) {
    const double most = static_cast<double>(*std::max_element(logits, logits + V));
    double sum = 0;
    for (uint32_t v = 0; v < V; v++) sum += std::exp(static_cast<double>(logits[v]) - most);
    return most + std::log(sum) - static_cast<double>(logits[target]);
}

// The same of logits in log2, Q8.
double cross_entropy(const int16_t* logits, uint32_t V, uint32_t target) {
    constexpr double kUnit = 0.69314718055994531 / 256;
    const int16_t most = *std::max_element(logits, logits + V);
    double sum = 0;
    for (uint32_t v = 0; v < V; v++) sum += std::exp(kUnit * (logits[v] - most));
    return std::log(sum) - kUnit * (logits[target] - most);
}

// Nats of the predictions of one chunk by a fresh stream.
template <class E>
double chunk_nats(E& engine, const Chunk& chunk) {
    double nats = 0;
    engine.reset();
    for (uint32_t t = 0; t + 1 < chunk.size; t++) {
        require(engine.step(chunk.tokens[t]), "engine");
        if (t + 1 >= chunk.given)
            nats += cross_entropy(engine.logits(), engine.config().vocab_size, chunk.tokens[t + 1]);
    }
    return nats;
}

// Either engine with its memory; for one thread.
using Evaluator = std::function<double(const Chunk&)>;
Evaluator float_evaluator(const ModelFile& model, uint32_t window, const Kernels* kernels,
                          const char** name) {
    auto runnable = std::make_shared<RunnableModel>(model, window, kernels);
    *name = runnable->engine().kernels().name;
    return [runnable](const Chunk& chunk) { return chunk_nats(runnable->engine(), chunk); };
}
Evaluator fixed_evaluator(const ModelFile& model, uint32_t window, const std::string& model_name) {
    auto runnable = std::make_shared<RunnableFixed>(model, window, nullptr, model_name);
    return [runnable](const Chunk& chunk) { return chunk_nats(runnable->engine(), chunk); };
}

// A text shorter than one chunk is one chunk.
uint32_t chunk_of(uint32_t wanted, std::string_view text) {
    return static_cast<uint32_t>(std::min<std::size_t>(wanted, text.size()));
}

EvalResult evaluate_routed(const ModelFile& model, const std::string& name, std::string_view text,
                           const std::string& text_name, const EvalOptions& o) {
    if (o.rounding)
        throw Failure(fmt::format("{}: has a quantiser of its own: --round is for vanilla models", name));
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    if (!model.view().vocabulary())
        require(check_vocabulary(bytes, text.size(), model.config().vocab_size), text_name);
    EvalResult e;
    e.seq = chunk_of(o.seq.value_or(std::max(2u, model.window_or(64))), text);
    e.window = o.window.value_or(std::max(e.seq, model.window_or(256)));
    const Chunks all(model.coded().vocabulary, bytes, text.size(), e.seq);
    const uint64_t chunks = all.size();
    e.predictions = chunks * (e.seq - 1);
    for (uint64_t i = 0; i < chunks; i++) e.tokens += all.at(i).size - all.at(i).given;

    const auto workers = static_cast<uint32_t>(std::min<uint64_t>(o.threads.value_or(cores()), chunks));
    e.kernels = "fixed";
    std::vector<Evaluator> evaluators;
    for (uint32_t w = 0; w < workers; w++)
        evaluators.push_back(o.fixed ? fixed_evaluator(model, e.window, name)
                                     : float_evaluator(model, e.window, o.kernels, &e.kernels));

    // Every chunk has its own sum, and these are added in order: any number of threads gives one result.
    std::vector<double> nats(chunks);
    std::atomic<uint64_t> done{0};
    Progress progress(e.predictions, "bytes");
    progress.update(0);
    ThreadPool pool(workers);
    pool.run(static_cast<uint32_t>(chunks), [&](uint32_t i, uint32_t worker) {
        nats[i] = evaluators[worker](all.at(i));
        const uint64_t chunks_done = done.fetch_add(1) + 1;
        if (worker == 0) progress.update(chunks_done * (e.seq - 1));
    });
    progress.update(e.predictions);
    progress.finish();
    for (const double n : nats) e.nats += n;
    e.nats /= static_cast<double>(e.predictions);
    return e;
}

EvalResult evaluate_gpt(const GptModel& model, const std::string& name, std::string_view text,
                        const std::string& text_name, const EvalOptions& o) {
    if (o.fixed) throw Failure(name + ": a vanilla model has no fixed engine: leave out --engine");
    if (o.window) throw Failure(name + ": a vanilla model's attention has no window: leave out --window");
    if (o.rounding && model.config.quantizer != Quantizer::none)
        throw Failure(fmt::format("{}: its weights are {} codes already: leave out --round", name,
                                  in_files(model.config.quantizer).name));
    const uint32_t positions = model.config.max_seq;
    const bool pairs = !model.vocabulary.empty();
    if (!pairs && o.seq && *o.seq > positions + 1)
        throw Failure(fmt::format("{}: knows {} positions: use --seq 2..{}", name, positions, positions + 1));
    EvalResult e;
    e.seq = e.window = chunk_of(o.seq.value_or(std::max(2u, positions)), text);
    e.rounding = o.rounding.value_or(Rounding::none);
    e.weight_bytes = weight_bytes(model.config, *e.rounding);
    ThreadPool pool(o.threads.value_or(cores()));
    Trainer trainer(gpt_network(round_weights(model, *e.rounding)), positions, kernel_set_of(o.kernels, true),
                    pool);
    e.kernels = trainer.kernels().name;
    const std::size_t bytes = text.size() / e.seq * e.seq, piece = kChunksAtOnce * e.seq;
    Progress progress(bytes, "bytes");
    progress.update(0);
    for (std::size_t first = 0; first < bytes; first += piece) {
        const std::size_t n = std::min(piece, bytes - first);
        Evaluation part;
        require(trainer.evaluate(reinterpret_cast<const uint8_t*>(text.data()) + first, n, e.seq, &part),
                text_name);
        e.predictions += part.predictions;
        e.tokens += part.tokens;
        e.nats += part.nats * static_cast<double>(part.predictions);
        progress.update(first + n);
    }
    progress.finish();
    e.nats /= static_cast<double>(e.predictions);
    return e;
}

}  // namespace

EvalResult evaluate(const AnyModel& model, const std::string& model_name, std::string_view text,
                    const std::string& text_name, const EvalOptions& options) {
    if (text.size() < 2)
        throw Failure(fmt::format("{}: has {} byte{}: at least 2 bytes are needed", text_name, text.size(),
                                  text.size() == 1 ? "" : "s"));
    if (const auto* gpt = std::get_if<GptFile>(&model))
        return evaluate_gpt(gpt->model, model_name, text, text_name, options);
    const auto& routed = std::get<ModelFile>(model);
    if (!options.fixed) return evaluate_routed(routed, model_name, text, text_name, options);
    return evaluate_routed(with_fixed_plan(routed, model_name), model_name, text, text_name, options);
}

}  // namespace atome::cli
