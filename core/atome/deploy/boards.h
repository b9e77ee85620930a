// Microcontroller boards and their memories: what models are measured against.
#pragma once

#include <cstdint>
#include <span>

namespace atome {

struct Board {
    const char* name;
    const char* chip;
    const char* core;
    uint32_t flash_kb;  // for program and constants, KiB
    uint32_t ram_kb;    // the largest piece that one array can have, KiB, nothing subtracted
    bool runs;          // false: an 8-bit core, on which the engine does not build
    const char* note;   // "" or what the numbers do not say
};

// By RAM, smallest first.
std::span<const Board> boards();

}  // namespace atome
