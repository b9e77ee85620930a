// How the weights of a model are found among named tensors and written as such, for a kind of model by its
// tables (model/fields.h, model/tensors.h); and the routed model's own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "atome/base/status.h"
#include "atome/formats/named_tensors.h"
#include "atome/formats/safetensors.h"
#include "atome/model/model.h"

namespace atome {

using Strings = std::map<std::string, std::string, std::less<>>;

// Finds the model's weights by the names of tensor_name(), alone or all behind one prefix ("param/",
// "module.", "_orig_mod."). The configuration comes from the metadata keys of fields(Config), and window;
// what is missing comes from the shapes, else from the defaults of Config. Tensors of disabled pathways may
// be missing: they read as zeros. Other tensors are ignored.
// Errors: bad_file (a tensor missing, or of another shape or dtype: both shapes are named), bad_config,
// not_finite, unsupported (the weights of a GPT: see models/gpt/model.h).
Status read_model(const NamedTensors& file, FloatModel* out);

// A `.safetensors` file of the model: write_tensors() of its weights by their names, in canonical order, and
// its configuration. Errors: also what check() finds.
Status write_safetensors(const FloatModel& model, const std::vector<ExtraTensor>& extra,
                         const Strings& metadata, std::vector<uint8_t>* out);

// ---- for every kind of model ---------------------------------------------------------------------------

// The shape that a model's tensor has in these files: (cols) for vectors, (rows, cols) for matrices, and
// (rows, 1, cols) for filters, as PyTorch's depthwise Conv1d.
template <class Kind>
std::vector<uint64_t> stored_shape(const BasicTensorSpec<Kind>& spec) {
    if (!spec.coded) return {spec.cols};
    if (spec.row->role == TensorRole::filter) return {spec.rows, 1, spec.cols};
    return {spec.rows, spec.cols};
}

// The model's tensors in a file: those behind the prefix with which the first of its table is there.
template <class Config>
ModelTensors tensors_of(const NamedTensors& file, const Config& c) {
    return ModelTensors(file, tensor_table(c).rows[0].name);
}

// How many blocks, counted from 0 on, have the first tensor of a block.
template <class Config>
uint32_t count_blocks(const ModelTensors& weights, const Config& c) {
    const TensorTable table = tensor_table(c);
    const TensorRow* row = table.rows;
    while (row->part != Part::block) row++;
    return weights.count_blocks(row->name);
}

// What the shapes say of a dimension; 0 where they say nothing.
template <class Config>
uint32_t told_by_shapes(const ModelTensors& weights, const Config& c, Dim dim) {
    if (dim == Dim::layers) return count_blocks(weights, c);
    const TensorTable table = tensor_table(c);
    for (uint32_t i = 0; i < table.count; i++) {
        const TensorRow& row = table.rows[i];
        if (dim == Dim::one || (row.rows != dim && row.cols != dim)) continue;
        const NamedTensor* t =
            row.part == Part::block ? weights.in_block(0, row.name) : weights.find(row.name);
        if (t != nullptr && !t->shape.empty()) return dimension(t, row.rows == dim ? 0 : t->shape.size() - 1);
    }
    return 0;
}

// The fields that are numbers: from the metadata, else from the shapes, else as they are. Errors: bad_config.
template <class Config>
Status read_numbers(const NamedTensors& file, const ModelTensors& weights, Config* c) {
    for (const ConfigField<Config>& f : fields(*c)) {
        if (f.choice) continue;
        if (f.dim == Dim::untold && file.meta(f.name) == nullptr)
            return Status::error(Code::bad_config, "metadata ", f.name,
                                 " is missing, and no tensor's shape tells it");
        const uint32_t told = told_by_shapes(weights, *c, f.dim);
        uint32_t value = 0;
        ATOME_TRY(meta_number(file, f.name, told > 0 || f.dim == Dim::layers ? told : f.get(*c), &value));
        f.set(c, value);
    }
    return {};
}

// The fields that are choices: from the metadata, else as they are. Errors: bad_config.
template <class Config>
Status read_choices(const NamedTensors& file, Config* c) {
    for (const ConfigField<Config>& f : fields(*c)) {
        const std::string* text = f.choice && !f.is_set ? file.meta(f.name) : nullptr;
        if (text == nullptr) continue;
        uint32_t value = 0;
        if (!find_choice(f.choice, *text, &value))
            return Status::error(Code::bad_config, "metadata ", f.name, " is '",
                                 std::string_view(*text).substr(0, 40), "': use ",
                                 choice_list(f.choice).view());
        f.set(c, value);
    }
    return {};
}

// What files and reports call the two kinds of tokens.
inline constexpr char kBytesTokenizer[] = "bytes", kPairsTokenizer[] = "pairs";
// Of a model with this table, which is empty for bytes.
inline const char* tokenizer_name(const std::vector<uint8_t>& vocabulary) {
    return vocabulary.empty() ? kBytesTokenizer : kPairsTokenizer;
}

// From the metadata `tokenizer` (kBytesTokenizer where there is none) and `vocabulary`, the table of pairs in
// hexadecimal digits. Errors: bad_file.
Status read_vocabulary(const NamedTensors& file, std::vector<uint8_t>* out);
// These metadata; nothing for a model of bytes.
Strings vocabulary_metadata(const std::vector<uint8_t>& vocabulary);

// The tensors of a model whose configuration and vocabulary have been read. Errors: bad_file, not_finite,
// bad_config (more blocks in the file than in the configuration).
template <class Model>
Status read_tensors(const ModelTensors& weights, Model* model) {
    const auto& c = model->config;
    ATOME_TRY(validate(c));
    if (const uint32_t layers = count_blocks(weights, c); layers > c.n_layers)
        return Status::error(Code::bad_config, "metadata n_layers is ", c.n_layers, ", but the file has ",
                             layers, layers > Limits::n_layers ? " or more layers" : " layers");
    model->tensors.resize(tensor_count(c));
    for (uint32_t i = 0; i < model->tensors.size(); i++) {
        const auto spec = tensor_spec(c, i);
        const Text tensor = tensor_name(spec);
        if (!spec.active && weights.find(tensor.view()) == nullptr)
            model->tensors[i].assign(spec.size(), 0.0f);
        else
            ATOME_TRY(weights.read(tensor.view(), stored_shape(spec), &model->tensors[i]));
    }
    return check(*model);
}

// write_safetensors() for any kind of model; `own`: metadata of its kind beside the fields.
template <class Model>
Status write_model(const Model& model, Strings own, const std::vector<ExtraTensor>& extra,
                   const Strings& metadata, std::vector<uint8_t>* out) {
    ATOME_TRY(check(model));
    std::vector<FloatTensor> tensors;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const auto spec = tensor_spec(model.config, i);
        const std::vector<float>& t = model.tensors[i];
        tensors.push_back(
            {std::string(tensor_name(spec).view()), stored_shape(spec), t.empty() ? nullptr : t.data()});
    }
    own.merge(vocabulary_metadata(model.vocabulary));
    for (const auto& f : fields(model.config))
        if (f.said(model.config)) own[f.name] = field_text(f, model.config).view();
    return write_tensors(tensors, own, extra, metadata, out);
}

}  // namespace atome
