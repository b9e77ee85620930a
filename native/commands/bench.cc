// atome bench: throughput of inference and training, beside the published kit's.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/network.h"
#include "atome/quant/coded_model.h"
#include "atome/train/trainer.h"
#include "native/cli/options.h"
#include "native/cli/output.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/io/model_file.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

using Clock = std::chrono::steady_clock;

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

struct BenchOptions {
    std::string what;
    uint32_t repeats = 5;
    std::optional<uint32_t> window, threads;
    const Kernels* kernels = nullptr;
    bool exact = false;
    bool json = false;
};

struct Result {
    std::string name, kernels;
    double bytes_per_second, lowest, highest, published;
    double ratio() const { return bytes_per_second / published; }
};

Result summarise(std::string name, const char* kernels, std::vector<double> rates, double published) {
    std::sort(rates.begin(), rates.end());
    return {std::move(name), kernels, rates[rates.size() / 2], rates.front(), rates.back(), published};
}

// Bytes per second of work() calls worth `bytes` each.
template <class Work>
double rate_of(uint64_t bytes, Work work) {
    const Clock::time_point start = Clock::now();
    work();
    return static_cast<double>(bytes) / std::chrono::duration<double>(Clock::now() - start).count();
}

// Greedy generation by one thread. The window is full before the clock starts, so that the rate is the one
// of any position of an endless stream.
Result bench_infer(const Size& size, const BenchOptions& o) {
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
Result bench_train(const Size& size, const BenchOptions& o) {
    ThreadPool pool(
        o.threads.value_or(std::clamp(std::thread::hardware_concurrency(), 1u, Trainer::kShards)));
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

void run(const BenchOptions& o) {
    std::vector<Result> results;
    for (const Size& size : kSizes)
        if (o.what != "train") results.push_back(bench_infer(size, o));
    for (const Size& size : kSizes)
        if (o.what != "infer") results.push_back(bench_train(size, o));
    if (o.json) {
        Json list = Json::array();
        for (const Result& r : results)
            list.push_back({{"name", r.name},
                            {"bytes_per_second", r.bytes_per_second},
                            {"seed_bytes_per_second", r.published},
                            {"ratio", r.ratio()},
                            {"lowest", r.lowest},
                            {"highest", r.highest},
                            {"kernels", r.kernels}});
        print_json({{"results", list}, {"repeats", o.repeats}});
        return;
    }
    print(fmt::format("{:<12} {:>14} {:>24} {:>14} {:>9}  kernels\n", "", "bytes/s", "lowest - highest",
                      "published kit", "ratio"));
    for (const Result& r : results)
        print(fmt::format("{:<12} {:>14} {:>24} {:>14} {:>8.1f}x  {}\n", r.name,
                          grouped(static_cast<uint64_t>(r.bytes_per_second)),
                          fmt::format("{} - {}", grouped(static_cast<uint64_t>(r.lowest)),
                                      grouped(static_cast<uint64_t>(r.highest))),
                          fmt::format("{:g}", r.published), r.ratio(), r.kernels));
    print(
        "Medians. Inference: one thread, greedy, attention window full. Training: all threads.\n"
        "The published kit's figures were measured once, on another machine with 2 cores.\n");
}

}  // namespace

void add_bench(App& app) {
    auto o = std::make_shared<BenchOptions>();
    App command = app.add_subcommand("bench", "Bytes per second of inference and training");
    command.add_option("WHAT", &o->what, "infer, train, or both where it is left out")
        .one_of({"infer", "train"});
    add_whole(command, "--repeats", &o->repeats, 1, 1000, "timed stretches; the median is printed");
    add_window(command, &o->window, "256");
    add_whole(command, "--threads", &o->threads, 1, 256, "of training").default_str("all cores, up to 8");
    command.add_flag("--exact", &o->exact, "training without FMA");
    add_kernels(command, &o->kernels);
    add_json(command, &o->json);
    command.footer("Example:\n  atome bench infer --json");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
