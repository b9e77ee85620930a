// Measures the fixed engine with the 60K model on a chip (where ATOME_CASES is 1, with a tiny one): one
// `name value` a line, read by report.sh.
#include "atome/infer/fixed/engine.h"
#include "atome/infer/sampler.h"
#include "mcu/images/measure.h"

namespace {

constexpr uint32_t kWindow = 32;
constexpr uint32_t kTokens = 320;  // ten windows

}  // namespace

int main() {
    const atome::parity::CaseList cases = measured_cases();
    const atome::parity::Case& c = cases.cases[0];
    port::start_counting();
    atome::ModelView model;
    if (!atome::ModelView::open(c.blob, c.blob_size, &model).ok()) fail("the model does not open");
    atome::FixedOptions options;
    options.window = kWindow;
    const size_t arena = static_cast<size_t>(atome::arena_bytes(model, options));
    line("arena", arena);
    static atome::FixedEngine engine;
    if (engine.init(model, options, port::memory(), arena - 1).ok())
        fail("one byte less than the arena worked");
    if (!engine.init(model, options, port::memory(), arena).ok())
        fail("the reported arena size does not work");

    uint64_t most = 0, all = 0;
    uint32_t token = atome::first_token(model.config().vocab_size);
    for (uint32_t i = 0; i < kTokens; i++) {
        const uint64_t before = port::instructions();
        if (!engine.step(token).ok()) fail("step");
        token = atome::argmax(engine.logits(), model.config().vocab_size);
        const uint64_t spent = port::instructions() - before;
        all += spent;
        most = spent > most ? spent : most;
    }
    line("mean", all / kTokens);
    line("most", most);
    report_sizes(cases);
    return 0;
}
