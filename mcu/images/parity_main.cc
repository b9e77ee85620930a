// The parity program on a chip. ATOME_CASES is the number of case lists that the image holds: 1 the small
// models, 2 the 60K model too, 3 all.
#include "mcu/port/port.h"
#include "tests/parity/parity.h"

int main() {
    using namespace atome::parity;
    Port out{};
    out.write = [](const char* text) { port::print(text); };
    out.memory = port::memory();
    out.memory_size = port::memory_size();
    out.fixed_kernels = &atome::pairs_fixed_kernels();
    int errors = run(out, small_cases());
#if ATOME_CASES >= 2
    errors += run(out, default_cases());
#endif
#if ATOME_CASES >= 3
    errors += run(out, reference_cases());
#endif
    return errors > 0;
}
