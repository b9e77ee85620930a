// The plan of the fixed engine for a routed model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "atome/measure/fixed_plan.h"
#include "native/model/model_file.h"

namespace atome::cli {

// From the numbers that the model gets on the first `most` bytes of a text; no path: on as long a text
// that it writes itself. Throws Failure: a model that the fixed engine cannot hold, bytes outside its
// vocabulary.
std::vector<uint8_t> fixed_plan(const ModelFile& model, const std::string& model_name,
                                const std::string& text_path, std::size_t most = kPlanBytes);

// The model for --engine fixed: where it has no plan, with one of its own text. Throws Failure as above.
ModelFile with_fixed_plan(const ModelFile& model, const std::string& model_name);

}  // namespace atome::cli
