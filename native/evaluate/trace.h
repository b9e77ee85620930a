// Every number that a routed model gives for a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "atome/measure/trace.h"
#include "native/model/model_file.h"

namespace atome::cli {

struct TraceOptions {
    ModelOptions model;
    std::string text;                // or
    std::string tokens;              // "1,2,3"
    std::optional<uint32_t> window;  // all positions where none is given: the full forward pass
    uint32_t greedy = 0;             // tokens to continue by
    bool fixed = false;              // in the fixed engine
    bool json = false;
};

struct TraceReport {
    Config config;
    std::vector<uint8_t> vocabulary;  // the table; empty: bytes
    Trace trace;
    uint32_t window = 0;
    const char* kernels = "";
};

// Throws Failure: the model, tokens outside its vocabulary, more positions than attention may have.
TraceReport trace(const TraceOptions& options);

// One JSON object, or a table with a line for each position.
void show_trace(const TraceReport& report, bool as_json);

}  // namespace atome::cli
