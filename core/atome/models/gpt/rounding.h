// What a GPT would be on a chip: its matrices rounded to whole numbers of 8 or 4 bits, so that its flash and
// its loss can be set against those of a ternary model.
//
// Rounding is symmetric, after training, with one scale for each row of a matrix (embeddings too): scale =
// max |w| of the row / 127 or / 7, code = round_half_even(w / scale). Vectors stay float.
#pragma once

#include <cstdint>
#include <string_view>

#include "atome/models/gpt/model.h"

namespace atome {

enum class Rounding : uint8_t { none = 0, int8, int4 };
std::string_view name(Rounding rounding);  // "none", "int8", "int4"
bool parse_rounding(std::string_view text, Rounding* out);

// The model with every matrix element replaced by scale * code. `in` must pass check().
GptModel round_weights(const GptModel& in, Rounding rounding);

// Bytes of the rounded model's numbers: codes (two int4 codes a byte, a matrix padded to a byte), a float32
// scale for each row, float32 vectors; without rounding 4 bytes for each parameter. Of a model that was trained
// with codes, which is not to be rounded again: these (ternary ones five a byte) and the quantiser's scales. No
// headers or padding.
uint64_t weight_bytes(const GptConfig& config, Rounding rounding);

}  // namespace atome
