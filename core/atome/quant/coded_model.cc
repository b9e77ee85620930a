#include "atome/quant/coded_model.h"

#include <algorithm>
#include <cmath>

#include "atome/base/math.h"
#include "atome/model/checks.h"
#include "atome/quant/quantizers.h"

namespace atome {

namespace {

Status check_tensor(const TensorSpec& spec, const CodedTensor& t, Encoding encoding, Encoding plain) {
    if (!t.coded()) {
        if (t.values.size() != spec.size()) return wrong_size(spec, "values", t.values.size(), spec.size());
        if (!t.scales.empty()) return wrong_size(spec, "scales", t.scales.size(), 0);
        ATOME_TRY(check_finite(spec, t.values));
        for (std::size_t i = 0; i < t.values.size(); i++)
            if (bits_of(rounded(plain, t.values[i])) != bits_of(t.values[i]))
                return Status::error(Code::bad_config, tensor_name(spec).view(), ": element ", i,
                                     " is not rounded to ", name(plain));
        return {};
    }
    if (!spec.coded) return wrong_size(spec, "codes in a float vector", t.codes.size(), 0);
    if (t.codes.size() != spec.size()) return wrong_size(spec, "codes", t.codes.size(), spec.size());
    if (!t.values.empty()) return wrong_size(spec, "values beside its codes", t.values.size(), 0);
    const uint32_t most_scales = spec.one_scale() ? 1 : spec.rows;
    if (t.scales.size() != 1 && t.scales.size() != most_scales)
        return wrong_size(spec, "scales", t.scales.size(), most_scales);
    for (std::size_t i = 0; i < t.codes.size(); i++)
        if (!holds(encoding, t.codes[i]))
            return Status::error(Code::bad_config, tensor_name(spec).view(), ": code ", i, " is ", t.codes[i],
                                 ": use ", with_encoding(encoding, [](auto row) { return row.codes; }));
    ATOME_TRY(check_finite(spec, t.scales));
    for (std::size_t i = 0; i < t.scales.size(); i++)
        if (!(t.scales[i] > 0.0f))
            return Status::error(Code::bad_config, tensor_name(spec).view(), ": scale ", i,
                                 " is not above 0");
    return {};
}

// Float models keep the conv's tap of the current position last, coded models first.
template <class T>
void flip_taps(const TensorSpec& spec, std::vector<T>* values) {
    if (spec.kind != TensorKind::conv) return;
    for (auto row = values->begin(); row != values->end(); row += spec.cols)
        std::reverse(row, row + spec.cols);
}

// Codes and scale of weights whose values are exactly {-a, 0, a}; false when they are not.
bool exactly_ternary(const std::vector<float>& w, CodedTensor* out) {
    float a = 0.0f;
    for (float v : w)
        if (v != 0.0f) {
            a = std::fabs(v);
            break;
        }
    for (float v : w)
        if (v != 0.0f && std::fabs(v) != a) return false;
    out->scales = {a > 0.0f ? a : kMinScale};
    out->codes.resize(w.size());
    for (std::size_t i = 0; i < w.size(); i++)
        out->codes[i] = static_cast<int8_t>((w[i] > 0.0f) - (w[i] < 0.0f));
    return true;
}

void quantise_matrix(const TensorSpec& spec, const QuantizerRow& row, const std::vector<float>& w,
                     CodedTensor* out) {
    if (!row.code) {
        if (!exactly_ternary(w, out)) out->values = w;
        return;
    }
    const std::size_t group_size = w.size() / scale_count(row, spec);
    out->codes.resize(w.size());
    for (std::size_t at = 0; at < w.size(); at += group_size) {
        const float scale = row.scale(&w[at], group_size);
        for (std::size_t i = at; i < at + group_size; i++) out->codes[i] = row.code(w[i], scale);
        out->scales.push_back(scale);
    }
}

}  // namespace

Status check(const CodedModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const CodedTensor& t = model.tensors[i];
        if (!spec.active && t.codes.empty() && t.values.empty()) continue;
        ATOME_TRY(check_tensor(spec, t, in_files(model.config.quantizer).encoding,
                               plain_encoding(model.config, spec)));
    }
    return {};
}

Status quantise(const FloatModel& in, CodedModel* out) {
    ATOME_TRY(check(in));
    CodedModel model;
    model.config = in.config;
    model.window = in.window;
    model.vocabulary = in.vocabulary;
    model.tensors.resize(in.tensors.size());
    for (uint32_t i = 0; i < in.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(in.config, i);
        if (!spec.active) continue;
        CodedTensor& t = model.tensors[i];
        if (spec.coded)
            quantise_matrix(spec, row_of(in.config.quantizer), in.tensors[i], &t);
        else
            for (const float v : in.tensors[i])
                t.values.push_back(rounded(plain_encoding(in.config, spec), v));
        // Weights near the limit of binary32 have a mean or a rounded value beyond it.
        ATOME_TRY(check_finite(spec, t.scales));
        ATOME_TRY(check_finite(spec, t.values));
        if (t.coded())
            flip_taps(spec, &t.codes);
        else
            flip_taps(spec, &t.values);
    }
    *out = std::move(model);
    return {};
}

FloatModel dequantise(const CodedModel& in) {
    FloatModel out;
    out.config = in.config;
    out.config.quantizer = Quantizer::none;
    out.window = in.window;
    out.vocabulary = in.vocabulary;
    for (uint32_t i = 0; i < in.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(in.config, i);
        const CodedTensor& t = in.tensors[i];
        std::vector<float> w = t.values;
        w.resize(spec.size(), 0.0f);
        for (std::size_t j = 0; j < t.codes.size(); j++) {
            const float scale = t.scales.size() == 1 ? t.scales[0] : t.scales[j / spec.cols];
            w[j] = scale * static_cast<float>(t.codes[j]);
        }
        flip_taps(spec, &w);
        out.tensors.push_back(std::move(w));
    }
    return out;
}

}  // namespace atome
