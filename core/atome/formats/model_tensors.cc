#include "atome/formats/model_tensors.h"

namespace atome {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string to_hex(const std::vector<uint8_t>& bytes) {
    std::string text;
    for (const uint8_t b : bytes) {
        text += kDigits[b >> 4];
        text += kDigits[b & 15];
    }
    return text;
}

bool from_hex(std::string_view text, std::vector<uint8_t>* out) {
    if (text.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::size_t high = kDigits.find(text[i]), low = kDigits.find(text[i + 1]);
        if (high == kDigits.npos || low == kDigits.npos) return false;
        out->push_back(static_cast<uint8_t>(high << 4 | low));
    }
    return true;
}

// Which pathways are off in a file that does not say so: the router's rows tell how many, the tensors that
// block 0 lacks tell which.
Status deduce_disabled(const ModelTensors& weights, uint8_t* out) {
    *out = 0;
    const uint32_t rows = dimension(weights.in_block(0, "router.proj.weight"), 0);
    if (rows == kPathways || rows == 0 || rows > kPathways) return {};  // a wrong shape is reported later
    uint8_t missing = 0;
    if (weights.in_block(0, "local.weight") == nullptr) missing |= 1;
    if (weights.in_block(0, "state.a_raw") == nullptr) missing |= 2;
    if (weights.in_block(0, "sparse.Wv.weight") == nullptr) missing |= 4;
    Config c;
    c.disabled = missing;
    if (c.active_pathways() != rows)
        return Status::error(Code::bad_config, "the routers have ", rows,
                             " rows: name the disabled pathways in metadata disable_pathways");
    *out = missing;
    return {};
}

Status read_config(const NamedTensors& file, const ModelTensors& weights, FloatModel* model) {
    Config& c = model->config;
    if (weights.find(tensor_table(c).rows[0].name) == nullptr) {
        if (is_gpt(file))
            return Status::error(Code::unsupported, "this is a vanilla GPT, not a routed-ternary model");
        return Status::error(Code::bad_file, "tensor embed.weight is missing among ", file.tensors.size(),
                             " tensors: not a model's weights");
    }
    leave_unsaid(&c);
    ATOME_TRY(read_numbers(file, weights, &c));
    ATOME_TRY(meta_number(file, "window", 0, &model->window));
    ATOME_TRY(read_choices(file, &c));
    // A file may be just weights.
    if (file.meta("gains") == nullptr && weights.find("embed.gain") != nullptr) c.gains = Gains::rows;
    if (const std::string* text = file.meta("disable_pathways"))
        ATOME_TRY(parse_disabled(*text, &c.disabled));
    else
        ATOME_TRY(deduce_disabled(weights, &c.disabled));
    if (const uint32_t d_ff = told_by_shapes(weights, c, Dim::ff); c.d_ff == 0 && d_ff > 0)
        return Status::error(Code::bad_config,
                             "metadata d_ff is 0, but the file has blocks.0.ffn.up.weight of ", d_ff,
                             " rows");
    return {};
}

}  // namespace

Status read_vocabulary(const NamedTensors& file, std::vector<uint8_t>* out) {
    out->clear();
    const std::string* tokenizer = file.meta("tokenizer");
    const std::string* table = file.meta("vocabulary");
    const bool pairs = tokenizer && *tokenizer == kPairsTokenizer;
    if (tokenizer && !pairs && *tokenizer != kBytesTokenizer)
        return Status::error(Code::bad_file, "metadata tokenizer is '",
                             std::string_view(*tokenizer).substr(0, 40), "': use ", kBytesTokenizer, " or ",
                             kPairsTokenizer);
    if (pairs != (table != nullptr))
        return Status::error(Code::bad_file, "metadata vocabulary is ", table ? "there" : "missing",
                             ", but tokenizer is ", pairs ? kPairsTokenizer : kBytesTokenizer);
    if (!pairs) return {};
    if (!from_hex(*table, out) || out->empty())
        return Status::error(Code::bad_file, "metadata vocabulary is no even number of digits 0-9 and a-f");
    return {};
}

Strings vocabulary_metadata(const std::vector<uint8_t>& vocabulary) {
    if (vocabulary.empty()) return {};
    return {{"tokenizer", kPairsTokenizer}, {"vocabulary", to_hex(vocabulary)}};
}

Status read_model(const NamedTensors& file, FloatModel* out) {
    FloatModel model;
    const ModelTensors weights = tensors_of(file, model.config);
    ATOME_TRY(read_config(file, weights, &model));
    ATOME_TRY(read_vocabulary(file, &model.vocabulary));
    ATOME_TRY(read_tensors(weights, &model));
    *out = std::move(model);
    return {};
}

Status write_safetensors(const FloatModel& model, const std::vector<ExtraTensor>& extra,
                         const Strings& metadata, std::vector<uint8_t>* out) {
    return write_model(model, {{"window", std::to_string(model.window)}}, extra, metadata, out);
}

}  // namespace atome
