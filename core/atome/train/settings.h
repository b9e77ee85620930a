// The settings of a run as strings, for the metadata of a checkpoint. Floats are written as the hexadecimal
// digits of their bits, so that they come back exactly.
#pragma once

#include <string>

#include "atome/base/status.h"
#include "atome/train/network.h"
#include "atome/train/options.h"

namespace atome {

// Adds "train.steps", "train.lr" and so on.
void write_settings(const TrainOptions& options, Strings* out);
// An option that came after the checkpoint was written has the value that stands for how runs were then.
// Errors: bad_file (a setting missing or malformed), bad_config (out of range).
Status read_settings(const Strings& strings, TrainOptions* out);

// 16 hexadecimal digits.
std::string hex64(uint64_t value);
bool parse_hex64(std::string_view text, uint64_t* out);

}  // namespace atome
