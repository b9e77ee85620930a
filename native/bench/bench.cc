#include "native/bench/bench.h"

#include <fmt/core.h>

#include <algorithm>

#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/network.h"
#include "atome/quant/coded_model.h"
#include "atome/train/trainer.h"
#include "native/io/stopwatch.h"
#include "native/io/thread_pool.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

struct Size {
    const char* name;
    Config config;
    uint32_t batch, seq;  // of training
    uint32_t generated;   // bytes of one timed stretch of inference
    // The published kit on a machine with 2 cores (Zen 5): its C engine (-O3 -march=native) over 200 bytes,
    // slower with every further byte, and its PyTorch trainer (1.13, OpenBLAS).
    double published_infer, published_train;
};

const Size kSizes[] = {
    {"60k", {}, 16, 64, 20000, 354, 29500},
    {"944k", {.d_model = 256, .n_layers = 8, .d_head = 64}, 16, 256, 2000, 2.2, 2060},
};

BenchResult summarise(std::string name, const char* kernels, std::vector<double> rates, double published) {
    std::sort(rates.begin(), rates.end());
    return {std::move(name), kernels, rates[rates.size() / 2], rates.front(), rates.back(), published};
}

// Bytes per second of work() calls worth `bytes` each.
template <class Work>
double rate_of(uint64_t bytes, Work work) {
    const Stopwatch watch;
    work();
    return static_cast<double>(bytes) / watch.seconds();
}

// Greedy generation by one thread. The window is full before the clock starts, so that the rate is the one
// of any position of an endless stream.
BenchResult bench_infer(const Size& size, const BenchOptions& o) {
    CodedModel coded;
    require(quantise(initialise(size.config, 1), &coded), "bench");
    const ModelFile model = ModelFile::from(std::move(coded), "bench");
    RunnableModel runnable(model, o.window.value_or(256), o.kernels);
    Engine& engine = runnable.engine();
    Sampler greedy({}, engine.kernels());
    uint32_t token = 'T';
    const auto generate = [&](uint32_t n) {
        for (uint32_t i = 0; i < n; i++) {
            require(engine.step(token), "bench");
            token = greedy.sample(engine.logits(), size.config.vocab_size);
        }
    };
    generate(engine.window());
    std::vector<double> rates;
    for (uint32_t r = 0; r < o.repeats; r++)
        rates.push_back(rate_of(size.generated, [&] { generate(size.generated); }));
    return summarise(fmt::format("infer-{}", size.name), engine.kernels().name, rates, size.published_infer);
}

// Whole optimiser steps on random bytes, all threads.
BenchResult bench_train(const Size& size, const BenchOptions& o) {
    ThreadPool pool(o.threads.value_or(std::min(cores(), Trainer::kShards)));
    Trainer trainer(routed_network(initialise(size.config, 1)), size.seq, kernel_set_of(o.kernels, o.exact),
                    pool);
    std::vector<uint8_t> batch(static_cast<std::size_t>(size.batch) * (size.seq + 1));
    Random random(1);
    for (uint8_t& b : batch) b = static_cast<uint8_t>(random.below(256));
    const TrainOptions recipe;
    const auto steps = [&](uint32_t n) {
        StepResult result;
        for (uint32_t i = 0; i < n; i++)
            require(trainer.step(recipe, 1e-4f, batch.data(), size.batch, size.seq, &result), "bench");
    };
    // As many steps as take about half a second.
    steps(2);
    const uint64_t bytes = static_cast<uint64_t>(size.batch) * size.seq;
    const double rough = rate_of(2 * bytes, [&] { steps(2); });
    const auto n = static_cast<uint32_t>(std::clamp(rough / 2 / static_cast<double>(bytes), 1.0, 1000.0));
    std::vector<double> rates;
    for (uint32_t r = 0; r < o.repeats; r++) rates.push_back(rate_of(n * bytes, [&] { steps(n); }));
    return summarise(fmt::format("train-{}", size.name), trainer.kernels().name, rates, size.published_train);
}

}  // namespace

std::vector<BenchResult> bench(const BenchOptions& o) {
    std::vector<BenchResult> results;
    for (const Size& size : kSizes)
        if (o.what != "train") results.push_back(bench_infer(size, o));
    for (const Size& size : kSizes)
        if (o.what != "infer") results.push_back(bench_train(size, o));
    return results;
}

}  // namespace atome::cli
