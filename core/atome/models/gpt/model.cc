#include "atome/models/gpt/model.h"

#include "atome/model/checks.h"

namespace atome {

namespace {

constexpr std::string_view kKind = "vanilla";

struct KindInfo {
    std::string_view name;
    bool matrix;
};

constexpr KindInfo kKinds[] = {
    {"tok_embed.weight", true}, {"pos_embed.weight", true},   {"norm1.weight", false},
    {"norm1.bias", false},      {"attn.qkv.weight", true},    {"attn.out.weight", true},
    {"norm2.weight", false},    {"norm2.bias", false},        {"ffn.up.weight", true},
    {"ffn.down.weight", true},  {"norm_final.weight", false}, {"norm_final.bias", false},
    {"unembed.weight", true},
};

constexpr std::string_view name_of(GptTensorKind kind) { return kKinds[static_cast<unsigned>(kind)].name; }

constexpr uint32_t kBeforeBlocks = static_cast<uint32_t>(GptTensorKind::norm1_gamma);
constexpr uint32_t kInBlock = static_cast<uint32_t>(GptTensorKind::final_gamma) - kBeforeBlocks;
constexpr uint32_t kAfterBlocks = 3;

bool in_block(GptTensorKind kind) {
    return kind >= GptTensorKind::norm1_gamma && kind <= GptTensorKind::ffn_down;
}

Status check_range(std::string_view field, uint32_t value, uint32_t least, uint32_t most) {
    if (value >= least && value <= most) return {};
    return Status::error(Code::bad_config, field, " is ", value, ": use ", least, "..", most);
}

std::vector<uint64_t> stored_shape(const GptTensorSpec& spec) {
    if (!spec.matrix) return {spec.cols};
    return {spec.rows, spec.cols};
}

}  // namespace

Status validate(const GptConfig& c) {
    ATOME_TRY(check_range("vocab_size", c.vocab_size, 1, Limits::vocab_size));
    ATOME_TRY(check_range("d_model", c.d_model, 1, Limits::d_model));
    ATOME_TRY(check_range("n_layers", c.n_layers, 1, Limits::n_layers));
    ATOME_TRY(check_range("n_heads", c.n_heads, 1, GptLimits::n_heads));
    ATOME_TRY(check_range("d_ff", c.d_ff, 1, Limits::d_ff));
    ATOME_TRY(check_range("max_seq", c.max_seq, 1, GptLimits::max_seq));
    if (c.d_model % c.n_heads != 0)
        return Status::error(Code::bad_config, "d_model is ", c.d_model,
                             ": use a multiple of n_heads, which is ", c.n_heads);
    if (const uint64_t n = uint64_t{c.n_layers} * c.n_heads * c.max_seq * c.max_seq; n > GptLimits::attention)
        return Status::error(Code::bad_config, "n_layers * n_heads * max_seq^2 is ", n, ": use at most ",
                             GptLimits::attention);
    if (const uint64_t n = parameter_count(c); n > Limits::parameters)
        return Status::error(Code::bad_config, "the model has ", n, " parameters: use at most ",
                             Limits::parameters);
    return {};
}

uint32_t tensor_count(const GptConfig& c) { return kBeforeBlocks + c.n_layers * kInBlock + kAfterBlocks; }

uint32_t tensor_index(const GptConfig& c, GptTensorKind kind, uint32_t layer) {
    const uint32_t k = static_cast<uint32_t>(kind);
    if (k < kBeforeBlocks) return k;
    return in_block(kind) ? k + layer * kInBlock : k + (c.n_layers - 1) * kInBlock;
}

GptTensorSpec tensor_spec(const GptConfig& c, uint32_t index) {
    GptTensorSpec s{GptTensorKind::tok_embed, 0, 1, c.d_model, false};
    const uint32_t block_end = kBeforeBlocks + c.n_layers * kInBlock;
    uint32_t kind = index;
    if (index >= block_end) {
        kind = index - (c.n_layers - 1) * kInBlock;
    } else if (index >= kBeforeBlocks) {
        s.layer = (index - kBeforeBlocks) / kInBlock;
        kind = index - s.layer * kInBlock;
    }
    s.kind = static_cast<GptTensorKind>(kind);
    s.matrix = kKinds[kind].matrix;
    switch (s.kind) {
        case GptTensorKind::tok_embed:
        case GptTensorKind::unembed:
            s.rows = c.vocab_size;
            break;
        case GptTensorKind::pos_embed:
            s.rows = c.max_seq;
            break;
        case GptTensorKind::attn_qkv:
            s.rows = 3 * c.d_model;
            break;
        case GptTensorKind::attn_out:
            s.rows = c.d_model;
            break;
        case GptTensorKind::ffn_up:
            s.rows = c.d_ff;
            break;
        case GptTensorKind::ffn_down:
            s.rows = c.d_model;
            s.cols = c.d_ff;
            break;
        default:
            break;
    }
    return s;
}

Text tensor_name(const GptTensorSpec& spec) {
    Text t;
    if (in_block(spec.kind)) t.append("blocks.").append(static_cast<int64_t>(spec.layer)).append(".");
    return t.append(name_of(spec.kind));
}

uint64_t parameter_count(const GptConfig& c) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < tensor_count(c); i++) n += tensor_spec(c, i).size();
    return n;
}

Status check(const GptModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++)
        ATOME_TRY(check_floats(tensor_spec(model.config, i), model.tensors[i]));
    return {};
}

Status read_gpt(const NamedTensors& file, GptModel* out) {
    const ModelTensors weights(file, name_of(GptTensorKind::tok_embed));
    const NamedTensor* embed = weights.find(name_of(GptTensorKind::tok_embed));
    GptModel model;
    GptConfig& c = model.config;
    const uint32_t layers = weights.count_blocks(name_of(GptTensorKind::norm1_gamma));
    ATOME_TRY(meta_number(file, "vocab_size", dimension(embed, 0), &c.vocab_size));
    ATOME_TRY(meta_number(file, "d_model", dimension(embed, 1), &c.d_model));
    ATOME_TRY(meta_number(file, "n_layers", layers, &c.n_layers));
    ATOME_TRY(meta_number(file, "d_ff", dimension(weights.in_block(0, name_of(GptTensorKind::ffn_up)), 0),
                          &c.d_ff));
    ATOME_TRY(meta_number(file, "max_seq", dimension(weights.find(name_of(GptTensorKind::pos_embed)), 0),
                          &c.max_seq));
    if (file.meta("n_heads") == nullptr)
        return Status::error(Code::bad_config, "metadata n_heads is missing, and no tensor's shape tells it");
    ATOME_TRY(meta_number(file, "n_heads", 0, &c.n_heads));
    ATOME_TRY(validate(c));
    if (layers > c.n_layers)
        return Status::error(Code::bad_config, "metadata n_layers is ", c.n_layers, ", but the file has ",
                             layers, layers > Limits::n_layers ? " or more layers" : " layers");
    model.tensors.resize(tensor_count(c));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const GptTensorSpec spec = tensor_spec(c, i);
        ATOME_TRY(weights.read(tensor_name(spec).view(), stored_shape(spec), &model.tensors[i]));
    }
    ATOME_TRY(check(model));
    *out = std::move(model);
    return {};
}

Status write_gpt_safetensors(const GptModel& model, const std::vector<ExtraTensor>& extra,
                             const std::map<std::string, std::string, std::less<>>& metadata,
                             std::vector<uint8_t>* out) {
    ATOME_TRY(check(model));
    const GptConfig& c = model.config;
    std::vector<FloatTensor> tensors;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const GptTensorSpec spec = tensor_spec(c, i);
        tensors.push_back(
            {std::string(tensor_name(spec).view()), stored_shape(spec), model.tensors[i].data()});
    }
    return write_tensors(tensors,
                         {{"kind", std::string(kKind)},
                          {"vocab_size", std::to_string(c.vocab_size)},
                          {"d_model", std::to_string(c.d_model)},
                          {"n_layers", std::to_string(c.n_layers)},
                          {"n_heads", std::to_string(c.n_heads)},
                          {"d_ff", std::to_string(c.d_ff)},
                          {"max_seq", std::to_string(c.max_seq)}},
                         extra, metadata, out);
}

}  // namespace atome
