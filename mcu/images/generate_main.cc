// Text from a model of the parity cases (where ATOME_CASES is 1, of the small ones), byte for byte what the
// command line writes for
//     atome generate CASE.atome -n N --window W --temperature T --top-p P --seed S --prompt "PROMPT"
// The image's command line: CASE N W T P S PROMPT, the prompt being the rest of the line.
#include "mcu/atome.h"
#include "mcu/port/port.h"
#include "tests/parity/parity.h"

namespace {

// A plain decimal number such as 256 or 0.95; up to 7 digits give the nearest float.
float parse_number(const char** p) {
    uint32_t digits = 0, scale = 1;
    bool fraction = false;
    for (; **p && **p != ' '; ++*p) {
        if (**p == '.') {
            fraction = true;
            continue;
        }
        digits = digits * 10 + static_cast<uint32_t>(**p - '0');
        if (fraction) scale *= 10;
    }
    if (**p == ' ') ++*p;
    return static_cast<float>(digits) / static_cast<float>(scale);
}

uint32_t parse_whole(const char** p) { return static_cast<uint32_t>(parse_number(p)); }

// The case with the name that the command line begins with; null: none has it.
const atome::parity::Case* find_case(const char** p) {
    using namespace atome::parity;
#if ATOME_CASES >= 2
    const CaseList lists[] = {small_cases(), default_cases()};
#else
    const CaseList lists[] = {small_cases()};
#endif
    for (const CaseList& list : lists)
        for (std::size_t i = 0; i < list.count; i++) {
            std::size_t n = 0;
            while (list.cases[i].name[n] && list.cases[i].name[n] == (*p)[n]) n++;
            if (list.cases[i].name[n] || (*p)[n] != ' ') continue;
            *p += n + 1;
            return &list.cases[i];
        }
    return nullptr;
}

int put(void*, uint8_t byte) {
    const char c = static_cast<char>(byte);
    port::write(&c, 1);
    return 0;
}

}  // namespace

int main() {
    const char* p = port::command_line();
    const atome::parity::Case* c = find_case(&p);
    if (!c) {
        port::print("no case of this name\n");
        return 1;
    }
    const uint32_t n = parse_whole(&p), window = parse_whole(&p);
    atome_sampling sampling = {};
    sampling.temperature = parse_number(&p);
    sampling.top_p = parse_number(&p);
    sampling.seed = parse_whole(&p);
    size_t length = 0;
    while (p[length]) length++;

    atome_model model;
    atome_error error;
    if (atome_open(&model, c->blob, c->blob_size, &error)) {
        port::print(error.text);
        return 1;
    }
    atome_engine* engine = atome_init(&model, window, port::memory(), port::memory_size(), &error);
    if (!engine || atome_generate(engine, reinterpret_cast<const uint8_t*>(p), length, n, &sampling, put,
                                  nullptr, &error)) {
        port::print(error.text);
        return 1;
    }
    return 0;
}
