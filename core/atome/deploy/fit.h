// What a model asks of a chip, and which boards have it. Flash is the `.atome` file, RAM the engine's arena
// with the weights left packed in flash; what an engine needs beside them is counted where boards are chosen.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/base/status.h"
#include "atome/deploy/boards.h"
#include "atome/infer/engine.h"
#include "atome/model/model.h"

namespace atome {

struct FlashBytes {
    std::size_t trit2 = 0;
    std::size_t trit5 = 0;
};

struct Fit {
    const Board* board = nullptr;
    const char* packing = "";  // "trit2", "trit5", or "" where neither fits the flash
    uint32_t window = 0;       // the largest that fits the RAM; 0: none
    bool fits() const { return board->runs && *packing && window > 0; }
};

// A model of nothing but zeros, so that the same code tells the size of a model that does not exist yet.
// `config` must be valid.
CodedModel blank_model(const Config& config);

// Of an engine with all that mcu/atome.h offers: code, and RAM for the deepest stack and what the program's
// port keeps for itself. Upper bounds of what mcu/report.sh measures on every core, which fails where they
// are passed.
struct BesideModel {
    uint32_t code, ram;
};
BesideModel beside_model(bool fixed);

// Errors: those of write_atome().
Status flash_bytes(const CodedModel& model, FlashBytes* out);
// What atome_arena_size() of mcu/atome.h says on a 32-bit chip; in 64 bits, because a large window may ask
// for more than such a machine can count.
uint64_t ram_bytes(const ModelView& model, uint32_t window, bool fixed = false);
// The same by what it is for.
ArenaParts ram_parts(const ModelView& model, uint32_t window);
// The largest window of a board on which the model runs with all that the engine needs.
Fit fit_board(const ModelView& model, const FlashBytes& flash, const Board& board, bool fixed = false);

}  // namespace atome
