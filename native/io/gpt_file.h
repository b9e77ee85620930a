// Vanilla GPTs from files, for the few commands that take them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "atome/formats/detect.h"
#include "atome/models/gpt/model.h"
#include "native/cli/output.h"

namespace atome::cli {

struct GptFile {
    FileFormat format = FileFormat::unknown;  // safetensors or pt
    std::size_t file_bytes = 0;
    GptModel model;
};

// The GPT in the bytes of a file; empty where they are something else, or damaged beyond telling. Throws
// Failure, naming `path`, for a GPT that does not read.
std::optional<GptFile> find_gpt(const std::vector<uint8_t>& bytes, const std::string& path);

// {kind: "vanilla", vocab_size, d_model, n_layers, n_heads, d_ff, max_seq}
Json config_json(const GptConfig& config);
// "vanilla, V 256, D 44, L 3, heads 4, F 44, positions 64"
std::string config_text(const GptConfig& config);

}  // namespace atome::cli
