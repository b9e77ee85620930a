// The model that `atome train` trains: routed-ternary or vanilla.
#pragma once

#include <string>
#include <variant>

#include "atome/model/config.h"
#include "atome/models/gpt/model.h"
#include "atome/train/network.h"
#include "native/train/train_options.h"

namespace atome::cli {

using AnyConfig = std::variant<Config, GptConfig>;

std::string_view model_name(const AnyConfig& config);  // "routed", "vanilla"
uint64_t parameters_of(const AnyConfig& config);
std::string text_of(const AnyConfig& config);

// The defaults of the kind that the command asks for; a GPT knows as many positions as a sequence has.
AnyConfig default_config(const TrainCommand& command, uint32_t seq);
// `base` with the command's dimensions in their places. Throws UsageError for an option that the
// kind of model does not have, Failure for a model that is out of range.
AnyConfig chosen_config(const TrainCommand& command, AnyConfig base);

// Fresh weights; the vocabulary's table is empty for bytes. config must be valid. Throws Failure: a table for
// a model of fewer tokens.
NetworkModel fresh_model(const AnyConfig& config, std::vector<uint8_t> vocabulary, uint64_t seed);
// The model in a checkpoint, and its configuration. Throws Failure naming `path`.
NetworkModel saved_model(const NamedTensors& file, const std::string& path, AnyConfig* config);

}  // namespace atome::cli
