// The file that says what `atome compare` compares: texts, seeds, rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "atome/models/gpt/rounding.h"
#include "native/train/train_options.h"

namespace atome::cli {

// What --help shows of such a file. first_bytes is of each text, where there are two; it, defaults and
// baseline may be left out. A grid makes one row of each of its values, `round` one more line of the table
// for each of its. Comments (// and /* */) are allowed. Options are those of `atome train`, without the
// dashes: a number, a text, true for a flag, a list for what takes LIST; null or false takes a default back.
// A row with a teacher is what `atome distill` does and takes alpha and temperature, too; "cache" beside
// "model" names the file of the teacher's opinions, which rows and seeds share otherwise in the folder of the
// results. An n-gram counts bytes unless it has "tokenizer": "pairs" beside it. Files are relative to the
// folder of the sweep file.
inline constexpr const char* kSweepExample = R"(  {
    "data": "stories.txt",           // from this file's folder; or {"train": F, "valid": F}
    "first_bytes": 500000,           // no more of the text than that
    "seeds": [0, 1, 2, 3, 4],
    "defaults": {"steps": 3000},     // options of atome train, for every row
    "rows": [
      {"name": "published", "options": {"seed-recipe": true}},
      {"name": "ours", "options": {"d-ff": 128}, "grid": {"lr": [0.003, 0.01]}},
      {"name": "vanilla", "options": {"model": "vanilla"}, "round": ["int8"]},
      {"name": "taught", "options": {"alpha": 0.5}, "teacher": {"model": "large.safetensors"}},
      {"name": "5-gram", "ngram": 5},
      {"name": "3-gram of pairs", "ngram": 3, "tokenizer": "pairs"},
      {"name": "xz -9e", "compressor": "xz"}
    ],
    "baseline": "published"          // what differences are taken against
  }
)";

enum class RowKind : uint8_t { model, ngram, xz };

struct Row {
    std::string name;
    RowKind kind = RowKind::model;
    uint32_t order = 0;  // of the n-gram, in tokens
    // Arguments for `atome train`, "--lr=0.01", in alphabetical order. Of a row that trains nothing: the
    // defaults, which say how the text is cut.
    std::vector<std::string> arguments;
    // The trained model is evaluated with its weights so rounded, too: a line of the table for each, called
    // line_name(). Of vanilla models only.
    std::vector<Rounding> rounds;
    TeacherOptions teacher;  // an empty cache: that of the folder
};
// "vanilla, int8"
std::string line_name(const Row& row, Rounding rounding);

struct Sweep {
    std::string path;
    std::vector<std::string> data;   // files of the text, or of the training text where `valid` has some
    std::vector<std::string> valid;  // files of the validation text; empty: it is the end of the text
    std::optional<uint64_t> first_bytes;
    std::vector<uint64_t> seeds;
    std::vector<Row> rows;  // grids expanded
    std::string baseline;   // the name of a line of the table, or empty
};

// Throws Failure with one line that names the file, the row and the key. All options have passed the parser
// of `atome train`.
Sweep read_sweep(const std::string& path);

inline bool is_vanilla(const TrainCommand& command) { return command.model == ModelKind::vanilla; }

// What `atome train` with these arguments would do, texts and output still open. Throws Failure("WHERE:
// ...").
TrainCommand train_command(const std::vector<std::string>& arguments, const std::string& where);

}  // namespace atome::cli
