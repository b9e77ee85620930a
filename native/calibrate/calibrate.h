// Is the router's entropy a signal of uncertainty? Models, texts, measurements, figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/calibrate/measurement.h"

namespace atome::cli {

struct CalibrateOptions {
    std::vector<std::string> paths;  // of models of one architecture, at least one
    ModelOptions model;              // what they share
    std::string data;                // path
    std::vector<NamedFile> ood;      // texts of other kinds
    uint64_t bytes = 65536;          // predicted of each text, at most; at least kLongestWindow
    uint32_t seq = Protocol{}.seq;
    std::optional<uint32_t> window;   // the first model's, else 256, where none is given
    std::optional<uint32_t> threads;  // all cores where none is given
    std::string svg;                  // the figure to write; empty: none
    bool json = false;
};

// Measures every model on the data, on what is made of it and on the other texts, and prints the figures.
// Throws UsageError for names of texts that are alike, Failure for a file that does not read or go together
// with the others.
void calibrate(const CalibrateOptions& options);

}  // namespace atome::cli
