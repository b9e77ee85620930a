#include "tests/parity/parity.h"

#include "atome/infer/engine.h"
#include "atome/infer/trace.h"

namespace atome::parity {

namespace {

Text hex(uint64_t number) {
    char digits[16];
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15u];
    return Text(TextView(digits, sizeof digits));
}

Status open_and_init(const Port& port, const Case& c, Engine* engine, uint64_t* needed) {
    ModelView model;
    ATOME_TRY(ModelView::open(c.blob, c.blob_size, &model));
    const EngineOptions options{.window = c.window, .unpack = port.unpack, .kernels = port.kernels};
    *needed = arena_bytes(model, options);
    if (*needed > port.memory_size) return {};
    return engine->init(model, options, port.memory, static_cast<std::size_t>(*needed));
}

}  // namespace

int run(const Port& port, CaseList list) {
    int errors = 0;
    for (std::size_t i = 0; i < list.count; i++) {
        const Case& c = list.cases[i];
        Engine engine;
        uint64_t needed = 0;
        uint64_t digest = 0;
        Status status = open_and_init(port, c, &engine, &needed);
        const bool fits = needed <= port.memory_size;
        if (status.ok() && fits)
            status = trace(
                engine, c.tokens, c.n_tokens, c.n_greedy, &digest, [](size_t) {}, [](uint32_t) {});
        Text line("case ");
        line.append(c.name);
        if (!status.ok()) {
            line.append(" error: ").append(status.message());
            errors++;
        } else if (!fits) {
            line.append(" skipped: needs ").append(needed).append(" bytes of memory, has ");
            line.append(static_cast<int64_t>(port.memory_size));
        } else {
            line.append(" tokens ").append(static_cast<int64_t>(engine.position()));
            line.append(" digest ").append(hex(digest).view());
        }
        port.write(line.append("\n").c_str());
    }
    return errors;
}

}  // namespace atome::parity
