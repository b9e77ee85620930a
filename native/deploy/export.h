// A routed model in another format, or as C for a chip.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "atome/deploy/main_c.h"
#include "native/model/model_file.h"

namespace atome::cli {

// At least one of the files `out` and `c_header`.
struct ExportOptions {
    ModelOptions model;
    std::string out;     // the model
    std::string format;  // of `out`; empty: its ending says it
    // How ternary codes are packed in .atome and C headers. trit2 is the default: an engine that reads packed
    // weights ran 10 to 25 % faster on it (x86-64, models of 60 thousand and 944 thousand weights), and trit5
    // files are 13 to 17 % smaller.
    std::string trits = "trit2";
    bool fixed = false;  // with a plan for the fixed engine, made from the text `calibrate` or from its own
    std::string calibrate;
    std::string c_header;  // the .atome bytes as a C array
    std::string symbol = "model_blob";
    std::string main_c;    // a program for a chip that includes `c_header`
    MainCOptions program;  // its header, symbol and window are set here
    std::optional<uint32_t> window;
};

// What was written; a size of 0 for a file that was not asked for.
struct Exported {
    std::string format;  // of ExportOptions::out
    std::size_t out_bytes = 0, c_header_bytes = 0, main_c_bytes = 0;
    uint32_t window = 0;       // of the program
    uint64_t arena_bytes = 0;  // RAM that its engine takes
};

// Makes every file before it writes any. Throws UsageError for an ending that names no format, Failure for a
// model that cannot be written so, and for two files of one name.
Exported export_model(const ExportOptions& options);

}  // namespace atome::cli
