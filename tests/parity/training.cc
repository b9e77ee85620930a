// Training parity: training [KERNELS...] trains small models with each of these exact kernel sets (all that
// this machine has, where none is named) and prints
//     train NAME steps N digest HEX
// the digest over all weights. The sets must agree, else the exit code is 1; the output of two targets must
// be the same.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "atome/corpus/corpus.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/run.h"
#include "atome/train/batches.h"

namespace atome::parity {
namespace {

struct TrainCase {
    const char* name;
    Config config;
    uint32_t steps;
    Tokenizer tokenizer = Tokenizer::bytes;
};

std::vector<TrainCase> cases() {
    Config tiny;
    tiny.d_model = 16;
    tiny.n_layers = 2;
    tiny.d_head = 8;
    Config feed_forward = tiny;  // and sizes that leave tails in every vector width
    feed_forward.d_model = 18;
    feed_forward.d_ff = 21;
    feed_forward.quantizer = Quantizer::power3_pr;
    Config int4 = feed_forward;
    int4.quantizer = Quantizer::int4;
    Config bf16 = feed_forward;
    bf16.quantizer = Quantizer::ternary;
    bf16.vectors = Vectors::bf16;
    Config gains = feed_forward;
    gains.quantizer = Quantizer::ternary;
    gains.gains = Gains::rows;
    return {
        {"tiny", tiny, 50},           {"tiny_ffn_power3_pr", feed_forward, 20},   {"tiny_ffn_int4", int4, 20},
        {"60k", Config{}, 20},        {"tiny_pairs", tiny, 50, Tokenizer::pairs}, {"tiny_ffn_bf16", bf16, 20},
        {"tiny_ffn_gains", gains, 20}};
}

// 0 after an error, which it prints.
uint64_t train(const TrainCase& c, const Kernels* kernels, const std::vector<uint8_t>& text) {
    TrainOptions options;
    options.steps = c.steps;
    options.warmup = default_warmup(c.steps);
    options.seed = 7;
    options.tokenizer = c.tokenizer;
    options.optimizer = OptimizerKind::adamw;
    FloatModel model = initialise(c.config, options.seed);
    model.vocabulary = choose_vocabulary(text.data(), text.size(), options, c.config.vocab_size);
    SerialExecutor executor;
    std::unique_ptr<TrainingRun> run;
    Status status = create_run(model, options, text, kernel_set_of(kernels, true), executor, &run);
    StepResult result{};
    while (status.ok() && !run->done()) status = run->step(&result);
    if (status.ok()) return run->weights_digest();
    std::fprintf(stderr, "training: %s: %s\n", c.name, status.c_str());
    return 0;
}

int main(std::vector<const Kernels*> sets) {
    const std::string story = corpus::write_stories(100'000, 1);
    const std::vector<uint8_t> text(story.begin(), story.end());
    int errors = 0;
    for (const TrainCase& c : cases()) {
        const uint64_t digest = train(c, sets[0], text);
        std::printf("train %s steps %" PRIu32 " digest %016" PRIx64 "\n", c.name, c.steps, digest);
        errors += digest == 0;
        for (std::size_t i = 1; i < sets.size(); i++)
            if (const uint64_t other = train(c, sets[i], text); other != digest) {
                std::printf("train %s: %s gives digest %016" PRIx64 "\n", c.name, sets[i]->name, other);
                errors++;
            }
    }
    return errors > 0;
}

}  // namespace
}  // namespace atome::parity

int main(int argc, char** argv) {
    std::vector<const atome::Kernels*> sets;
    for (int i = 1; i < argc; i++) {
        sets.push_back(atome::find_kernels(argv[i]));
        if (!sets.back()) {
            std::fprintf(stderr, "training: this machine has no kernels named %s\n", argv[i]);
            return 77;  // ctest's SKIP_RETURN_CODE
        }
    }
    if (sets.empty())
        for (const atome::KernelSet& set : atome::kernel_sets())
            if (!set.fused && set.available()) sets.push_back(set.infer);
    return atome::parity::main(sets);
}
