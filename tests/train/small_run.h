// A training run that takes a fraction of a second, for tests of what runs may depend on.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/run.h"
#include "tests/kernel_sets.h"

namespace atome::test {

inline Config small_config(Quantizer quantizer = Quantizer::ternary, StateDecay state = StateDecay::fixed) {
    Config c;
    c.d_model = 24;
    c.n_layers = 2;
    c.d_head = 6;
    c.d_ff = 20;
    c.quantizer = quantizer;
    c.state = state;
    return c;
}

inline TrainOptions small_options() {
    TrainOptions o;
    o.steps = 24;
    o.batch = 10;
    o.seq = 16;
    o.warmup = 4;
    return o;
}

inline std::vector<uint8_t> some_text(std::size_t n = 4000) {
    const std::string line = "the cat sat on the mat and the dog ran to the red ball. ";
    std::vector<uint8_t> text;
    while (text.size() < n)
        text.insert(text.end(), line.begin(), line.end() - static_cast<long>(text.size() % 7));
    text.resize(n);
    return text;
}

inline std::unique_ptr<TrainingRun> make_run(KernelSet kernels, Executor& executor,
                                             TrainOptions options = small_options(),
                                             Config config = small_config()) {
    std::unique_ptr<TrainingRun> run;
    const Status status =
        create_run(initialise(config, options.seed), options, some_text(), kernels, executor, &run);
    EXPECT_TRUE(status.ok()) << status.message();
    return run;
}

inline uint64_t train_to_end(TrainingRun& run) {
    StepResult result{};
    while (!run.done()) {
        const Status status = run.step(&result);
        EXPECT_TRUE(status.ok()) << status.message();
        if (!status.ok()) break;
    }
    return run.weights_digest();
}

// Runs tasks last to first and as if by several workers: any order must do.
class BackwardsExecutor : public Executor {
  public:
    using Executor::run;
    uint32_t workers() const override { return 3; }
    void run(uint32_t count, void (*task)(void*, uint32_t, uint32_t), void* context) override {
        for (uint32_t i = count; i-- > 0;) task(context, i, i * 7 % 3);
    }
};

}  // namespace atome::test
