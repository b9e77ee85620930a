// What `atome train` and `atome distill` do once their options are read.
#pragma once

#include "native/train/train_options.h"

namespace atome::cli {

// Reads command.data, trains, saves, prints what came out.
void run_train(const TrainCommand& command);

}  // namespace atome::cli
