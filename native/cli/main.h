// What the programs' main() functions do.
#pragma once

#include <initializer_list>

#include "native/cli/app.h"

namespace atome::cli {

using AddCommand = void (*)(App& app);

// Reads the command line with these commands in it, runs the chosen one and returns the exit code: 0 done,
// 1 bad input, 2 wrong usage, 130 or 143 stopped by a signal and saved.
int run_main(int argc, char** argv, std::initializer_list<AddCommand> commands);

}  // namespace atome::cli
