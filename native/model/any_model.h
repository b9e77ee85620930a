// Model files of either kind: Atome's routed-ternary model, or the vanilla GPT that it is compared with.
#pragma once

#include <string>
#include <variant>

#include "atome/models/gpt/model.h"
#include "native/model/model_file.h"

namespace atome::cli {

struct GptFile {
    FileFormat format = FileFormat::unknown;  // safetensors or pt
    std::size_t file_bytes = 0;
    GptModel model;
};

using AnyModel = std::variant<ModelFile, GptFile>;

// Reads options.path, whose content tells the kind. Throws Failure naming the file for what is no model, or a
// damaged one.
AnyModel load_any(const ModelOptions& options);

// {kind: "vanilla", vocab_size, d_model, n_layers, n_heads, d_ff, max_seq}
Json config_json(const GptConfig& config);
// "vanilla, V 256, D 44, L 3, heads 4, F 44, positions 64"
std::string config_text(const GptConfig& config);

}  // namespace atome::cli
