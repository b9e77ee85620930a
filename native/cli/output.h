// Standard output, checked: a full disk is an error, a reader that has gone away is not.
#pragma once

#include <string_view>

#include "native/cli/json.h"

namespace atome::cli {

// The reader of standard output has closed it: main ends the program quietly.
struct OutputClosed {};

// Buffered by stdio. Throws Failure, or OutputClosed.
void print(std::string_view text);
void flush_output();
// One line. Text that is not UTF-8 gets U+FFFD in the place of every wrong byte.
void print_json(const Json& json);

// A float as the JSON number of nine digits that reads back as the same float.
double json_number(float value);

}  // namespace atome::cli
