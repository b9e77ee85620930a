// A whole `atome train`, for the commands that are one.
#pragma once

#include "native/commands/train_options.h"

namespace atome::cli {

// Reads command.data, trains, saves, and prints what came out.
void run_train(const TrainCommand& command);

}  // namespace atome::cli
