#include "native/io/gpt_file.h"

#include <fmt/core.h>

#include "atome/formats/pt.h"
#include "atome/formats/safetensors.h"
#include "native/io/failure.h"

namespace atome::cli {

std::optional<GptFile> find_gpt(const std::vector<uint8_t>& bytes, const std::string& path) {
    GptFile file;
    file.format = detect(bytes.data(), bytes.size());
    file.file_bytes = bytes.size();
    NamedTensors tensors;
    const bool parsed =
        (file.format == FileFormat::safetensors &&
         parse_safetensors(bytes.data(), bytes.size(), &tensors).ok()) ||
        (file.format == FileFormat::pt && parse_pt(bytes.data(), bytes.size(), &tensors).ok());
    if (!parsed || !is_gpt(tensors)) return {};
    require(read_gpt(tensors, &file.model), path);
    return file;
}

Json config_json(const GptConfig& c) {
    return {{"kind", "vanilla"},      {"vocab_size", c.vocab_size}, {"d_model", c.d_model},
            {"n_layers", c.n_layers}, {"n_heads", c.n_heads},       {"d_ff", c.d_ff},
            {"max_seq", c.max_seq}};
}

std::string config_text(const GptConfig& c) {
    return fmt::format("vanilla, V {}, D {}, L {}, heads {}, F {}, positions {}", c.vocab_size, c.d_model,
                       c.n_layers, c.n_heads, c.d_ff, c.max_seq);
}

}  // namespace atome::cli
