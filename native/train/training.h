// A training run from a TrainCommand to a saved model: what `atome train` does and `atome compare` does many
// times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/train/train_options.h"

namespace atome::cli {

struct TrainTexts {
    std::vector<uint8_t> text;
    // What the finished model is evaluated on in the place of the end of `text`; empty: that end.
    std::vector<uint8_t> valid;
};

struct TrainResult {
    uint32_t steps = 0;
    double train_bpb = 0;                             // on as much training text as there is validation text
    std::optional<double> valid_bpb, best_valid_bpb;  // of the whole validation text; of any validation
    double seconds = 0;                               // of this process: a resumed run had more
    double seconds_per_step = 0;                      // forward, backward and update; 0: no step was left
    double bytes_per_second = 0;
    std::string digest;          // of the weights
    std::string model;           // "routed", "vanilla"
    std::string tokenizer;       // "bytes", "pairs"
    double bytes_per_token = 1;  // of the training text
    uint64_t parameters = 0;
    std::string kernels;
    uint32_t threads = 0;
};

// Runs what `command` says over `texts` (command.data is not read) and leaves the model in command.out, which
// is saved on the way. Progress goes to stderr. Throws Failure: bad settings, a file that cannot be written
// or that another process trains, and with Code::not_finite where training diverges; Interrupted after Ctrl-C
// (saved; --resume continues).
TrainResult train(const TrainCommand& command, TrainTexts texts);

// What `atome train` and `atome distill` do: reads command.data, trains, prints what came out.
void run_train(const TrainCommand& command);

}  // namespace atome::cli
