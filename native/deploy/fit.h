// Which boards a routed model fits, existing or planned.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "atome/deploy/fit.h"
#include "native/model/model_file.h"

namespace atome::cli {

struct FitOptions {
    ModelOptions model;  // without a path: one of these dimensions that does not exist yet,
    std::vector<uint32_t> windows = {16, 32, 64, 128, 256};
    bool fixed = false;  // for the fixed engine
};

struct FitReport {
    Config config;
    FlashBytes flash;
    std::vector<std::pair<uint32_t, uint64_t>> ram;  // window, bytes of arena
    std::vector<Fit> boards;
    bool fixed = false;
};

// Throws UsageError for neither a path nor dimensions, Failure for a model that does not read or cannot be.
FitReport fit(const FitOptions& options);

// One JSON object, or a table with a line for each board.
void show_fit(const FitReport& report, bool as_json);

}  // namespace atome::cli
