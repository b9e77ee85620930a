// Lines typed at a terminal.
#pragma once

#include <optional>
#include <string>

namespace atome::cli {

// A line with editing and with the earlier ones under the arrow keys (libedit); empty at the end of the
// input. Standard input and output must be terminals.
std::optional<std::string> edit_line(const char* prompt);

}  // namespace atome::cli
