// The training options, listed once: checks, checkpoints and every front end are made from these rows. A new
// option is a member of TrainOptions (options.h) and a row in options_table.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "atome/train/options.h"

namespace atome {

enum class OptionKind : uint8_t {
    whole,   // uint32_t or uint64_t
    real,    // float
    choice,  // an enumeration, its values 0, 1... named by `choices`
};

// Which end of a range is itself outside it.
enum class OpenEnd : uint8_t { neither, least, most };

struct OptionRange {
    double least, most;
    OpenEnd open = OpenEnd::neither;
    double nearest = 0;  // what stands for the open end where people are told two numbers to choose between

    double closed_least() const { return open == OpenEnd::least ? nearest : least; }
    double closed_most() const { return open == OpenEnd::most ? nearest : most; }
};

struct TrainOptionRow {
    std::string_view key;  // of checkpoints ("train." + key) and of programs; words are joined by _
    OptionKind kind;
    uint8_t bits;                               // of the value: 8, 32 or 64
    uint64_t (*get)(const TrainOptions&);       // a float as its bits
    void (*set)(TrainOptions&, uint64_t bits);  // the inverse; `bits` has no more than the value has
    OptionRange range;                          // of whole and real
    std::span<const std::string_view> choices;  // of choice
    // One line. Names of other options stand in braces, since every front end has its own way to write them.
    std::string_view help;
    bool teacher = false;              // takes part only where there is a teacher
    std::string_view by_default = {};  // where the default is no fixed value: what it is; braces as in help
    // Options that came after the first checkpoints: in which addition, 1, 2..., and the value that stands
    // for how runs were before.
    uint8_t added = 0;
    uint64_t before = 0;

    float real(const TrainOptions& options) const;  // of real
};

// In the order in which help shows them.
std::span<const TrainOptionRow> train_option_rows();
// Null where there is none.
const TrainOptionRow* find_train_option(std::string_view key);
// Of a choice: whether `text` is one, and its value.
bool parse_choice(const TrainOptionRow& row, std::string_view text, uint64_t* value);

}  // namespace atome
