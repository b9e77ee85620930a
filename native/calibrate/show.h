// What `atome calibrate` prints.
#pragma once

#include <string>
#include <vector>

#include "native/calibrate/summary.h"
#include "native/cli/output.h"

namespace atome::cli {

// What was measured, and how.
struct Subject {
    std::vector<std::string> models;  // paths
    Config config;
    std::string data;  // path
    Protocol protocol;
    std::vector<std::string> left_out;  // texts made of the data that could not be, with the reason
    const char* kernels = "";
};

// Tables, then the same in words.
void show_calibration(const Subject& subject, const CalibrationSummary& summary);
// Every figure: of each model, and as mean and interval over them.
Json calibration_json(const Subject& subject, const std::vector<Measurement>& models,
                      const CalibrationSummary& summary);

}  // namespace atome::cli
