#include "native/bench/bench.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "atome/corpus/corpus.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/network.h"
#include "atome/quant/coded_model.h"
#include "atome/tokens/learn.h"
#include "atome/tokens/vocabulary.h"
#include "atome/train/trainer.h"
#include "native/io/stopwatch.h"
#include "native/io/thread_pool.h"
#include "native/model/fixed_plan.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

struct Size {
    const char* name;
    Config config;
    uint32_t batch, seq;  // of training
    uint32_t fed;         // tokens of one timed stretch of inference
    // The published kit on a machine with 2 cores (Zen 5): its C engine (-O3 -march=native) over 200 bytes,
    // slower with every further byte, and its PyTorch trainer (1.13, OpenBLAS).
    double published_infer, published_train;
};

const Size kSizes[] = {
    {"60k", {}, 16, 64, 20000, 354, 29500},
    {"944k", {.d_model = 256, .n_layers = 8, .d_head = 64}, 16, 256, 2000, 2.2, 2060},
};

// A text as one kind of model sees it.
struct Tokens {
    const char* suffix;  // of the results' names
    std::vector<uint8_t> vocabulary;
    std::vector<uint8_t> tokens;

    // Bytes of text that the first n tokens stand for.
    uint64_t text_bytes(std::size_t n) const {
        TextOfTokens text(vocabulary_of(vocabulary));
        uint8_t piece[Vocabulary::kMostBytes];
        uint64_t bytes = 0;
        for (std::size_t i = 0; i < n; i++) bytes += text.add(tokens[i], piece);
        return bytes;
    }
};

// Stories as bytes and as pairs. These have been learned from other stories, as when a model meets a text.
std::vector<Tokens> both_kinds() {
    const std::string learned = corpus::write_stories(500'000, 1), text = corpus::write_stories(100'000, 2);
    std::vector<Tokens> kinds = {{"", {}, {}}, {"-pairs", {}, {}}};
    kinds[1].vocabulary = learn_vocabulary(reinterpret_cast<const uint8_t*>(learned.data()), learned.size());
    for (Tokens& kind : kinds)
        kind.tokens = tokens_of(text, vocabulary_of(kind.vocabulary), Limits::vocab_size, "bench");
    return kinds;
}

// Work that can be repeated: run() takes `tokens` tokens, which stand for `bytes` of text.
struct Task {
    std::string name, kernels;
    double published;
    uint64_t tokens, bytes;
    std::function<void()> run;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// The tasks turn by turn, so that what the machine does beside touches them alike; one of bytes, then the
// same of pairs.
std::vector<BenchResult> measure(const std::vector<Task>& tasks, uint32_t repeats) {
    std::vector<std::vector<double>> rates(tasks.size());  // bytes of text a second
    for (uint32_t r = 0; r < repeats; r++)
        for (std::size_t i = 0; i < tasks.size(); i++) {
            const Stopwatch watch;
            tasks[i].run();
            rates[i].push_back(static_cast<double>(tasks[i].bytes) / watch.seconds());
        }
    std::vector<BenchResult> results;
    for (std::size_t i = 0; i < tasks.size(); i++) {
        const Task& t = tasks[i];
        const auto [lowest, highest] = std::minmax_element(rates[i].begin(), rates[i].end());
        const double middle = median(rates[i]);
        const double tokens = middle * static_cast<double>(t.tokens) / static_cast<double>(t.bytes);
        results.push_back({t.name, t.kernels, middle, *lowest, *highest, tokens, t.published, {}});
        if (i % 2 == 0) continue;
        std::vector<double> ratios;
        for (uint32_t r = 0; r < repeats; r++) ratios.push_back(rates[i][r] / rates[i - 1][r]);
        results.back().against_bytes = median(std::move(ratios));
    }
    return results;
}

// The engines with what chooses greedily from their logits.
struct Running {
    ModelFile model;
    std::optional<RunnableModel> floats;
    std::optional<RunnableFixed> fixed;
};
// One thread reads the text token by token and chooses the most probable next one at each, which is the work
// of writing it. The window is full before the clock starts, so that the rate is the one of any position of
// an endless stream.
Task infer_task(const Size& size, const Tokens& text, bool fixed, const BenchOptions& o) {
    CodedModel coded;
    require(quantise(initialise(size.config, 1), &coded), "bench");
    coded.vocabulary = text.vocabulary;
    const uint32_t window = o.window.value_or(256);
    const auto running = std::make_shared<Running>();
    if (fixed) coded.fixed_plan = fixed_plan(ModelFile::from(coded, "bench"), "bench", {}, 1000);
    running->model = ModelFile::from(std::move(coded), "bench");
    if (fixed)
        running->fixed.emplace(running->model, window, nullptr, "bench");
    else
        running->floats.emplace(running->model, window, o.kernels);
    const auto feed_to = [&text](auto& engine, uint32_t n, auto choose) {
        for (uint32_t i = 0; i < n; i++) {
            require(engine.step(text.tokens[i % text.tokens.size()]), "bench");
            choose();
        }
    };
    const auto feed = [running, feed_to](uint32_t n) {
        if (running->fixed) {
            FixedEngine& engine = running->fixed->engine();
            volatile uint32_t chosen;
            feed_to(engine, n, [&] { chosen = argmax(engine.logits(), engine.config().vocab_size); });
            return;
        }
        Engine& engine = running->floats->engine();
        Sampler greedy({}, engine.kernels());
        feed_to(engine, n, [&] { greedy.sample(engine.logits(), engine.config().vocab_size); });
    };
    feed(window);
    return {fmt::format("infer-{}{}{}", size.name, fixed ? "-fixed" : "", text.suffix),
            fixed ? running->fixed->engine().kernels().name : running->floats->engine().kernels().name,
            size.published_infer,
            size.fed,
            text.text_bytes(size.fed),
            [feed, n = size.fed] { feed(n); }};
}

// Whole optimiser steps on the text, all threads.
Task train_task(const Size& size, const Tokens& text, const BenchOptions& o) {
    struct Running {
        ThreadPool pool;
        std::unique_ptr<Trainer> trainer;
        std::vector<uint8_t> batch;
        explicit Running(uint32_t threads) : pool(threads) {}
    };
    const auto running = std::make_shared<Running>(o.threads.value_or(std::min(cores(), Trainer::kShards)));
    FloatModel model = initialise(size.config, 1);
    model.vocabulary = text.vocabulary;
    running->trainer = std::make_unique<Trainer>(routed_network(model), size.seq,
                                                 kernel_set_of(o.kernels, o.exact), running->pool);
    // Sequences one behind the other, each with the token that it begins from.
    const std::size_t n = static_cast<std::size_t>(size.batch) * (size.seq + 1);
    running->batch.assign(text.tokens.begin(), text.tokens.begin() + static_cast<std::ptrdiff_t>(n));
    const auto steps = [running, &size](uint64_t count) {
        StepResult result;
        for (uint64_t i = 0; i < count; i++)
            require(running->trainer->step({}, 1e-4f, running->batch.data(), size.batch, size.seq, &result),
                    "bench");
    };
    // As many steps as take about half a second.
    steps(2);
    const Stopwatch watch;
    steps(2);
    const auto count = static_cast<uint64_t>(std::clamp(1 / watch.seconds(), 1.0, 1000.0));
    const uint64_t predicted = count * size.batch * size.seq;
    return {fmt::format("train-{}{}", size.name, text.suffix),
            running->trainer->kernels().name,
            size.published_train,
            predicted,
            predicted * text.text_bytes(n) / n,
            [steps, count] { steps(count); }};
}

}  // namespace

std::vector<BenchResult> bench(const BenchOptions& o) {
    const std::vector<Tokens> kinds = both_kinds();
    std::vector<BenchResult> results;
    // make(size, kind): one of the tasks that are measured side by side.
    const auto add = [&](const char* skipped, auto... makes) {
        if (o.what == skipped) return;
        for (const Size& size : kSizes) {
            std::vector<Task> tasks;
            const auto of_both_kinds = [&](auto make) {
                for (const Tokens& kind : kinds) tasks.push_back(make(size, kind));
            };
            (of_both_kinds(makes), ...);
            for (BenchResult& r : measure(tasks, o.repeats)) results.push_back(std::move(r));
        }
    };
    const auto infer = [&](bool fixed) {
        return [&o, fixed](const Size& size, const Tokens& kind) { return infer_task(size, kind, fixed, o); };
    };
    add("train", infer(false), infer(true));
    add("infer", [&o](const Size& size, const Tokens& kind) { return train_task(size, kind, o); });
    return results;
}

}  // namespace atome::cli
