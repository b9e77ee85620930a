// The options of a sweep's rows, from JSON to arguments of `atome train`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "native/cli/output.h"

namespace atome::cli {

// Values by the option's name without dashes.
using RowOptions = std::map<std::string, Json>;

// The members of the object `json`. Throws Failure("WHERE: ...") for what is no object, a name that
// `atome train` does not have, or one that `atome compare` sets itself.
RowOptions row_options(const Json& json, const std::string& where);

// "--name=value", "--flag" for true, nothing for false and null. Throws Failure for a value that no argument
// can be made of; whether it is in range is the parser's to say.
std::vector<std::string> arguments_of(const RowOptions& options, const std::string& where);

// As it stands in a row's name: 0.003, cosine, local,state.
std::string value_text(const Json& value);

}  // namespace atome::cli
