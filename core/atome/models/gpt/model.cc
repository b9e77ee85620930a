#include "atome/models/gpt/model.h"

#include <iterator>

#include "atome/model/checks.h"

namespace atome {

namespace {

constexpr auto kMatrix = TensorRole::matrix, kEmbedding = TensorRole::embedding, kVector = TensorRole::vector;
constexpr auto kBefore = Part::before, kBlock = Part::block, kAfter = Part::after;

// By the values of GptTensorKind. No file has the ids.
constexpr TensorRow kRows[] = {
    {0, "tok_embed.weight", kBefore, kEmbedding, Dim::vocab, Dim::model, Needs::nothing, Initial::normal},
    {1, "pos_embed.weight", kBefore, kEmbedding, Dim::positions, Dim::model, Needs::nothing, Initial::normal},
    {2, "norm1.weight", kBlock, kVector, Dim::one, Dim::model, Needs::nothing, Initial::ones},
    {3, "norm1.bias", kBlock, kVector, Dim::one, Dim::model, Needs::nothing, Initial::zeros},
    {4, "attn.qkv.weight", kBlock, kMatrix, Dim::three, Dim::model, Needs::nothing, Initial::normal},
    {5, "attn.out.weight", kBlock, kMatrix, Dim::model, Dim::model, Needs::nothing, Initial::residual},
    {6, "norm2.weight", kBlock, kVector, Dim::one, Dim::model, Needs::nothing, Initial::ones},
    {7, "norm2.bias", kBlock, kVector, Dim::one, Dim::model, Needs::nothing, Initial::zeros},
    {8, "ffn.up.weight", kBlock, kMatrix, Dim::ff, Dim::model, Needs::nothing, Initial::normal},
    {9, "ffn.down.weight", kBlock, kMatrix, Dim::model, Dim::ff, Needs::nothing, Initial::residual},
    {10, "norm_final.weight", kAfter, kVector, Dim::one, Dim::model, Needs::nothing, Initial::ones},
    {11, "norm_final.bias", kAfter, kVector, Dim::one, Dim::model, Needs::nothing, Initial::zeros},
    {12, "unembed.weight", kAfter, kEmbedding, Dim::vocab, Dim::model, Needs::nothing, Initial::normal},
};
static_assert(std::size(kRows) == static_cast<uint32_t>(GptTensorKind::unembed) + 1);

using C = GptConfig;
using L = Limits;
constexpr ConfigField<GptConfig> kFields[] = {
    config_field<C, uint32_t, &C::vocab_size>("vocab_size", "V", 1, L::vocab_size, Dim::vocab,
                                              "tokens known"),
    config_field<C, uint32_t, &C::d_model>("d_model", "D", 1, L::d_model, Dim::model, "width"),
    config_field<C, uint32_t, &C::n_layers>("n_layers", "L", 1, L::n_layers, Dim::layers, "blocks"),
    config_field<C, uint32_t, &C::n_heads>("n_heads", "", 1, GptLimits::n_heads, Dim::untold,
                                           "heads of attention"),
    config_field<C, uint32_t, &C::d_ff>("d_ff", "F", 1, L::d_ff, Dim::ff, "width of the feed-forward"),
    config_field<C, uint32_t, &C::max_seq>("max_seq", "", 1, GptLimits::max_seq, Dim::positions,
                                           "positions known"),
    config_field<C, Quantizer, &C::quantizer>("quantizer", "", 0, kQuantizerCount - 1, Dim::one,
                                              "how matrices are quantised", quantizer_name),
};

}  // namespace

ConfigFields<GptConfig> fields(const GptConfig&) { return {kFields, std::size(kFields)}; }

TensorTable tensor_table(const GptConfig&) { return {kRows, std::size(kRows)}; }

uint32_t extent(const GptConfig& c, Dim dim) {
    return dim == Dim::three ? 3 * c.d_model : field_extent(c, dim);
}

Status validate(const GptConfig& c) {
    ATOME_TRY(check_fields(c));
    if (c.d_model % c.n_heads != 0)
        return Status::error(Code::bad_config, "d_model is ", c.d_model,
                             ": use a multiple of n_heads, which is ", c.n_heads);
    if (const uint64_t n = uint64_t{c.n_layers} * c.n_heads * c.max_seq * c.max_seq; n > GptLimits::attention)
        return Status::error(Code::bad_config, "n_layers * n_heads * max_seq^2 is ", n, ": use at most ",
                             GptLimits::attention);
    return check_parameter_count(c);
}

Status check(const GptModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++)
        ATOME_TRY(check_floats(tensor_spec(model.config, i), model.tensors[i]));
    return {};
}

Status read_gpt(const NamedTensors& file, GptModel* out) {
    GptModel model;
    const ModelTensors weights = tensors_of(file, model.config);
    ATOME_TRY(read_numbers(file, weights, &model.config));
    ATOME_TRY(read_choices(file, &model.config));
    ATOME_TRY(read_vocabulary(file, &model.vocabulary));
    ATOME_TRY(read_tensors(weights, &model));
    *out = std::move(model);
    return {};
}

Status write_gpt_safetensors(const GptModel& model, const std::vector<ExtraTensor>& extra,
                             const Strings& metadata, std::vector<uint8_t>* out) {
    return write_model(model, {{"kind", "vanilla"}}, extra, metadata, out);
}

}  // namespace atome
