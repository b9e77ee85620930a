// What the images that measure share: lines that report.sh reads, and what is measured.
#pragma once

#include "mcu/port/port.h"
#include "tests/parity/parity.h"

// One `name value` a line.
inline void line(const char* name, uint64_t value) {
    port::print(name);
    port::print(" ");
    port::print(value);
    port::print("\n");
}

[[noreturn]] inline void fail(const char* what) {
    port::print("error ");
    port::print(what);
    port::print("\n");
    port::exit(1);
}

// The first of these is measured: the 60K model or, where ATOME_CASES is 1, a tiny one.
inline atome::parity::CaseList measured_cases() {
#if ATOME_CASES >= 2
    return atome::parity::default_cases();
#else
    return atome::parity::small_cases();
#endif
}

// Of the image, what is not models; RAM beside the arena.
inline void report_sizes(atome::parity::CaseList cases) {
    uint64_t code = port::flash_bytes();
    for (std::size_t i = 0; i < cases.count; i++) code -= cases.cases[i].blob_size + cases.cases[i].n_text;
    line("code", code);
    line("static", port::static_bytes());
    line("stack", port::stack_high_water());
}
