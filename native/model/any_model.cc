#include "native/model/any_model.h"

#include <fmt/core.h>

#include "atome/formats/detect.h"
#include "atome/formats/pt.h"
#include "atome/formats/safetensors.h"
#include "native/io/files.h"

namespace atome::cli {

AnyModel load_any(const ModelOptions& options) {
    const std::vector<uint8_t> bytes = read_file(options.path);
    const FileFormat format = detect(bytes.data(), bytes.size());
    NamedTensors tensors;
    const bool parsed =
        (format == FileFormat::safetensors && parse_safetensors(bytes.data(), bytes.size(), &tensors).ok()) ||
        (format == FileFormat::pt && parse_pt(bytes.data(), bytes.size(), &tensors).ok());
    // The reader of routed models says what is wrong with a file that is neither kind.
    if (!parsed || !is_gpt(tensors)) return ModelFile::load(options, bytes);
    GptFile gpt{format, bytes.size(), {}};
    require(read_gpt(tensors, &gpt.model), options.path);
    return gpt;
}

Json config_json(const GptConfig& c) {
    Json json = {{"kind", "vanilla"}};
    json.update(fields_json(c));
    return json;
}

std::string config_text(const GptConfig& c) {
    return fmt::format("vanilla, V {}, D {}, L {}, heads {}, F {}, positions {}, {}", c.vocab_size, c.d_model,
                       c.n_layers, c.n_heads, c.d_ff, c.max_seq,
                       c.quantizer == Quantizer::none ? "float" : in_files(c.quantizer).name);
}

}  // namespace atome::cli
