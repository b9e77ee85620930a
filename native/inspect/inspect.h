// What is in a model file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "atome/models/gpt/rounding.h"
#include "native/model/any_model.h"

namespace atome::cli {

// One tensor that the model uses.
struct TensorFacts {
    std::string name;
    uint32_t rows = 0, cols = 0;
    Encoding encoding = Encoding::f32;
    uint64_t bytes = 0;              // of its numbers, scales included, without alignment
    std::map<int, uint64_t> counts;  // of codes, levels that do not occur included; empty for floats
    float least = 0, most = 0;       // of the scales, or of the floats
    std::size_t scales = 0;
    double mean = 0;  // of the floats

    double size() const { return static_cast<double>(rows) * static_cast<double>(cols); }
};

struct Inspection {
    FileFormat format = FileFormat::unknown;
    Json config;
    std::string config_text;
    uint64_t parameters = 0, file_bytes = 0;
    std::string tokenizer;                // "bytes", "pairs"
    std::string merge_rule;               // of pairs, as --merges names it
    std::vector<std::string> vocabulary;  // (256)  of pairs: what each token adds to a text, by index
    uint64_t vocabulary_bytes = 0;        // of pairs: what their table takes
    // Of a routed model, as its quantiser makes it.
    uint32_t window = 0;  // that the file recommends; 0: none
    uint64_t codes = 0;
    double sparsity = 0;  // the share of codes that are 0
    // Of a GPT: the bytes of its weights by their rounding. Empty for a routed model.
    std::vector<std::pair<Rounding, uint64_t>> weight_bytes;
    // What was checked, and what came of it.
    std::vector<std::pair<std::string, std::string>> checks;
    std::vector<TensorFacts> tensors;
};

Inspection inspect(const AnyModel& model);

// One JSON object, or a table with a line for each tensor.
void show_inspection(const Inspection& inspection, bool as_json);

}  // namespace atome::cli
