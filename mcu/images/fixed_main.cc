// Measures the fixed engine with the 60K model on a chip (where ATOME_CASES is 1, with a tiny one): one
// `name value` a line, read by report.sh.
#include "atome/infer/fixed/engine.h"
#include "atome/infer/sampler.h"
#include "mcu/port/port.h"
#include "tests/parity/parity.h"

namespace {

constexpr uint32_t kWindow = 32;
constexpr uint32_t kTokens = 320;  // ten windows

void line(const char* name, uint64_t value) {
    port::print(name);
    port::print(" ");
    port::print(value);
    port::print("\n");
}

[[noreturn]] void fail(const char* what) {
    port::print("error ");
    port::print(what);
    port::print("\n");
    port::exit(1);
}

}  // namespace

int main() {
#if ATOME_CASES >= 2
    const atome::parity::CaseList cases = atome::parity::default_cases();
#else
    const atome::parity::CaseList cases = atome::parity::small_cases();
#endif
    const atome::parity::Case& c = cases.cases[0];
    port::start_counting();
    atome::ModelView model;
    if (!atome::ModelView::open(c.blob, c.blob_size, &model).ok()) fail("the model does not open");
    atome::FixedOptions options;
    options.window = kWindow;
    options.kernels = &atome::table_fixed_kernels();
    const size_t arena = static_cast<size_t>(atome::fixed_arena_bytes(model, options));
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
    uint64_t code = port::flash_bytes();
    for (std::size_t i = 0; i < cases.count; i++) code -= cases.cases[i].blob_size + cases.cases[i].n_text;
    line("code", code);
    line("static", port::static_bytes());
    line("stack", port::stack_high_water());
    return 0;
}
