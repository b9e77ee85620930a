// `atome inspect` of a vanilla GPT.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "native/io/gpt_file.h"

namespace atome::cli {

// What was checked, and what came of it.
using Checks = std::vector<std::pair<std::string, std::string>>;

// Prints what is in the file, and what its weights would take rounded to int8 and int4.
void inspect_gpt(const GptFile& file, const Checks& checks, bool json);

}  // namespace atome::cli
