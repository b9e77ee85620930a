// Measures the fixed engine with the 60K model on a chip: one `name value` a line, read by report.sh.
#include "atome/infer/fixed/engine.h"
#include "atome/infer/fixed/sampler.h"
#include "mcu/images/measure.h"

namespace {

// The command line's, or 32.
uint32_t window() {
    uint32_t n = 0;
    for (const char* p = port::command_line(); *p >= '0' && *p <= '9'; p++)
        n = 10 * n + static_cast<uint32_t>(*p - '0');
    return n > 0 ? n : 32;
}
constexpr uint32_t kTokens = 320;  // ten windows

}  // namespace

int main() {
    const atome::parity::CaseList cases = measured_cases();
    const atome::parity::Case& c = cases.cases[0];
    port::start_counting();
    atome::ModelView model;
    if (!atome::ModelView::open(c.blob, c.blob_size, &model).ok()) fail("the model does not open");
    atome::FixedOptions options;
    options.window = window();
    const size_t arena = static_cast<size_t>(atome::arena_bytes(model, options));
    line("arena", arena);
    if (arena > port::memory_size()) fail("the arena is larger than this board's memory");
    static atome::FixedEngine engine;
    if (engine.init(model, options, port::memory(), arena - 1).ok())
        fail("one byte less than the arena worked");
    if (!engine.init(model, options, port::memory(), arena).ok())
        fail("the reported arena size does not work");

    const char* const names[] = {"mean", "sampled_mean"};
    for (uint32_t sampled = 0; sampled < 2; sampled++) {
        atome::SamplerOptions sampling;
        if (sampled) sampling = {0.8f, 0, 0.9f, 1};
        atome::FixedSampler sampler(sampling);
        uint64_t all = 0, most = 0;
        uint32_t token = atome::first_token(model.config().vocab_size);
        engine.reset();
        for (uint32_t i = 0; i < kTokens; i++) {
            const uint64_t before = port::instructions();
            if (!engine.step(token).ok()) fail("step");
            token = sampler.sample(engine.logits(), model.config().vocab_size);
            const uint64_t spent = port::instructions() - before;
            all += spent;
            most = spent > most ? spent : most;
        }
        line(names[sampled], all / kTokens);
        if (!sampled) line("most", most);
    }
    report_sizes(cases);
    return 0;
}
