// Measures the 60K model on a chip (where ATOME_CASES is 1, the tiny one) and checks the arena's size: one
// `name value` a line, read by report.sh.
#include "mcu/atome.h"
#include "mcu/images/measure.h"

namespace {

constexpr uint32_t kWindow = 32;
constexpr uint32_t kPositions = 320;  // ten windows

// Generates from an empty stream and notes the instructions of every byte: sampling and step.
struct Meter {
    uint64_t last = 0, at_1 = 0, at_16 = 0, at_32 = 0, at_256 = 0, most = 0;
    uint32_t bytes = 0;

    static int note(void* context, uint8_t) {
        auto* m = static_cast<Meter*>(context);
        const uint64_t now = port::instructions(), spent = now - m->last;
        m->bytes++;  // this byte was chosen from a context of so many (the first is the new line)
        if (m->bytes == 2) m->at_1 = spent;
        if (m->bytes == 16) m->at_16 = spent;
        if (m->bytes == 32) m->at_32 = spent;
        if (m->bytes == 256) m->at_256 = spent;
        if (m->bytes > 1 && spent > m->most) m->most = spent;
        m->last = port::instructions();
        return 0;
    }
};

#if ATOME_CASES >= 2
// Instructions for all bytes of a text that a model reads.
uint64_t reading(const atome::parity::Case& c, const uint8_t* text, uint32_t n) {
    // From the end of the memory; the arena lies at its beginning.
    const size_t room = ATOME_READ_SCRATCH(n), arena = port::memory_size() - room;
    atome_model model;
    if (atome_open(&model, c.blob, c.blob_size, nullptr)) fail("the model does not open");
    atome_engine* engine = atome_init(&model, kWindow, port::memory(), arena, nullptr);
    if (!engine) fail("the arena does not fit this chip");
    // In pieces: the counter wraps after 600 million.
    uint64_t spent = 0;
    for (uint32_t at = 0, piece; at < n; at += piece) {
        piece = n - at < 200 ? n - at : 200;
        const uint64_t before = port::instructions();
        if (atome_read(engine, text + at, piece, port::memory() + arena, room, nullptr)) fail("read");
        spent += port::instructions() - before;
    }
    return spent;
}
#endif

}  // namespace

int main() {
    const atome::parity::CaseList cases = measured_cases();
    const atome::parity::Case& c = cases.cases[0];
    port::start_counting();
    atome_model model;
    uint64_t before = port::instructions();
    if (atome_open(&model, c.blob, c.blob_size, nullptr)) fail("the model does not open");
    line("open_instructions", port::instructions() - before);

    const size_t arena = atome_arena_size(&model, kWindow);
    line("arena", arena);
    if (arena > port::memory_size()) fail("the arena does not fit this chip");
    if (atome_init(&model, kWindow, port::memory(), arena - 1, nullptr))
        fail("one byte less than the arena worked");
    line("arena_less_one_fails", 1);
    before = port::instructions();
    atome_engine* engine = atome_init(&model, kWindow, port::memory(), arena, nullptr);
    if (!engine) fail("the reported arena size does not work");
    line("init_instructions", port::instructions() - before);

    Meter meter;
    const atome_sampling sampling = {0.8f, 0, 0.9f, 7};
    if (atome_generate(engine, nullptr, 0, kPositions, &sampling, Meter::note, &meter, nullptr))
        fail("generate");
    line("sampled_most", meter.most);
    atome_reset(engine);
    meter = {};
    if (atome_generate(engine, nullptr, 0, kPositions, nullptr, Meter::note, &meter, nullptr))
        fail("generate");
    line("at_1", meter.at_1);
    line("at_16", meter.at_16);
    line("at_32", meter.at_32);
    line("at_256", meter.at_256);
    line("most", meter.most);
    line("blob", c.blob_size);
    report_sizes(cases);
#if ATOME_CASES >= 2
    // The same text with one byte a token and with pairs.
    const atome::parity::Case& pairs = cases.cases[1];
    line("read", pairs.n_text);
    line("read_bytes", reading(c, pairs.text, pairs.n_text));
    line("read_pairs", reading(pairs, pairs.text, pairs.n_text));
#endif
    return 0;
}
