// Any model file, told by its content, to the form that the engine runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "atome/base/status.h"
#include "atome/formats/detect.h"
#include "atome/model/model.h"

namespace atome {

struct LoadedModel {
    FileFormat format = FileFormat::unknown;
    std::optional<FloatModel> shadow;  // the float weights of .safetensors and .pt files
    CodedModel coded;                  // quantised from them, or as the file has it
};

// `hint` is the configuration for the formats that carry none (ATOME01, ATOME02, ATOMEP3); null: deduce it.
// The other formats ignore it. `data` may have any alignment and may be freed afterwards.
// Errors: those of the format's reader; bad_file with a guess at what the bytes are when it is no model.
Status load_model(const uint8_t* data, std::size_t size, const Config* hint, LoadedModel* out);

}  // namespace atome
