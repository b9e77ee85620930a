#include "native/inspect/inspect.h"

#include <algorithm>
#include <numeric>

#include "atome/formats/model_tensors.h"
#include "atome/model/encodings.h"
#include "atome/train/options_table.h"

namespace atome::cli {
namespace {

template <class Spec>
TensorFacts named(const Spec& spec) {
    TensorFacts f;
    f.name = tensor_name(spec).view();
    f.rows = spec.rows;
    f.cols = spec.cols;
    return f;
}

void add_range(const std::vector<float>& values, TensorFacts* f) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    f->least = *least;
    f->most = *most;
}

void add_floats(const std::vector<float>& values, TensorFacts* f) {
    add_range(values, f);
    f->bytes = packed_bytes(f->encoding, values.size());
    const double sum = std::accumulate(values.begin(), values.end(), 0.0,
                                       [](double s, float v) { return s + static_cast<double>(v); });
    f->mean = sum / static_cast<double>(values.size());
}

void add_codes(const CodedTensor& t, TensorFacts* f) {
    add_range(t.scales, f);
    f->scales = t.scales.size();
    f->bytes = packed_bytes(f->encoding, t.codes.size()) + sizeof(float) * f->scales;
    // Levels that do not occur are worth seeing, too.
    for (int level = -9; level <= 9; level++)
        if (holds(f->encoding, static_cast<int8_t>(level))) f->counts[level] = 0;
    for (const int8_t code : t.codes) f->counts[code]++;
}

void add_vocabulary(const std::vector<uint8_t>& table, Inspection* out) {
    out->tokenizer = tokenizer_name(table);
    out->vocabulary_bytes = table.size();
    const Vocabulary vocabulary = vocabulary_of(table);
    if (!vocabulary) return;
    out->merge_rule = find_train_option("merges")->choices[table[0]];
    for (uint32_t token = 0; token < Vocabulary::kMostTokens; token++) {
        uint8_t text[Vocabulary::kMostBytes];
        out->vocabulary.emplace_back(text, text + vocabulary.text(token, text));
    }
}

void add_model(const ModelFile& model, Inspection* out) {
    const Config& c = model.config();
    add_vocabulary(model.coded().vocabulary, out);
    out->window = model.view().window();
    uint64_t zeros = 0;
    for (uint32_t i = 0; i < tensor_count(c); i++) {
        const TensorSpec spec = tensor_spec(c, i);
        if (!spec.active) continue;
        const CodedTensor& t = model.coded().tensors[i];
        TensorFacts f = named(spec);
        f.encoding = model.view().tensor(spec.kind, spec.layer).encoding;
        if (t.coded()) {
            add_codes(t, &f);
            out->codes += t.codes.size();
            zeros += f.counts.at(0);
        } else {
            add_floats(t.values, &f);
        }
        out->tensors.push_back(std::move(f));
    }
    if (out->codes) out->sparsity = static_cast<double>(zeros) / static_cast<double>(out->codes);
}

void add_model(const GptModel& model, Inspection* out) {
    add_vocabulary(model.vocabulary, out);
    for (const Rounding r : {Rounding::none, Rounding::int8, Rounding::int4})
        if (r == Rounding::none || model.config.quantizer == Quantizer::none)
            out->weight_bytes.emplace_back(r, weight_bytes(model.config, r));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        out->tensors.push_back(named(tensor_spec(model.config, i)));
        add_floats(model.tensors[i], &out->tensors.back());
    }
}

// What either kind of file has.
template <class Config>
Inspection file_facts(FileFormat format, uint64_t bytes, const Config& config) {
    Inspection i;
    i.format = format;
    i.config = config_json(config);
    i.config_text = config_text(config);
    i.parameters = parameter_count(config);
    i.file_bytes = bytes;
    // Every reader refuses what does not pass, so a file that got here has passed.
    i.checks = {
        {"structure", "sizes, offsets and shapes agree with the configuration"},
        {"checksums", format == FileFormat::atome ? "header, configuration, directory and every section match"
                      : format == FileFormat::pt  ? "every entry of the archive matches"
                                                  : "the format has none"},
        {"numbers", "every float is finite, every scale above 0, every code valid"}};
    return i;
}

}  // namespace

Inspection inspect(const AnyModel& model) {
    Inspection i;
    if (const auto* gpt = std::get_if<GptFile>(&model)) {
        i = file_facts(gpt->format, gpt->file_bytes, gpt->model.config);
        add_model(gpt->model, &i);
    } else {
        const ModelFile& routed = std::get<ModelFile>(model);
        i = file_facts(routed.format(), routed.file_bytes(), routed.config());
        add_model(routed, &i);
    }
    return i;
}

}  // namespace atome::cli
