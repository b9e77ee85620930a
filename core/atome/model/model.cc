#include "atome/model/model.h"

#include <algorithm>
#include <cmath>

#include "atome/base/bytes.h"
#include "atome/base/math.h"

namespace atome {

namespace {

constexpr float kMinScale = 1e-5f;

Status wrong_size(const TensorSpec& spec, std::string_view what, std::size_t found, uint64_t expected) {
    return Status::error(Code::bad_config, tensor_name(spec).view(), ": ", found, " ", what, ", expected ",
                         expected);
}

Status check_finite(const TensorSpec& spec, const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); i++)
        if (!is_finite(values[i]))
            return Status::error(Code::not_finite, tensor_name(spec).view(), ": element ", i,
                                 " is not finite");
    return {};
}

template <class Model>
Status check_count(const Model& model) {
    ATOME_TRY(validate(model.config));
    if (model.window > Limits::window)
        return Status::error(Code::bad_config, "window is ", model.window, ": use 0..", Limits::window);
    if (model.tensors.size() != tensor_count(model.config))
        return Status::error(Code::bad_config, "the model has ", model.tensors.size(), " tensors, expected ",
                             tensor_count(model.config));
    return {};
}

bool is_code(Quantizer quantizer, int code) {
    const int size = std::abs(code);
    return quantizer == Quantizer::int4 ? size <= kInt4Most
                                        : size == 0 || size == 1 || size == 3 || size == 9;
}

Status check_tensor(const TensorSpec& spec, const CodedTensor& t, Quantizer quantizer) {
    if (!t.coded()) {
        if (t.values.size() != spec.size()) return wrong_size(spec, "values", t.values.size(), spec.size());
        if (!t.scales.empty()) return wrong_size(spec, "scales", t.scales.size(), 0);
        return check_finite(spec, t.values);
    }
    if (!spec.coded) return wrong_size(spec, "codes in a float vector", t.codes.size(), 0);
    if (t.codes.size() != spec.size()) return wrong_size(spec, "codes", t.codes.size(), spec.size());
    if (!t.values.empty()) return wrong_size(spec, "values beside its codes", t.values.size(), 0);
    const uint32_t most_scales = spec.kind == TensorKind::conv ? 1 : spec.rows;
    if (t.scales.size() != 1 && t.scales.size() != most_scales)
        return wrong_size(spec, "scales", t.scales.size(), most_scales);
    for (std::size_t i = 0; i < t.codes.size(); i++)
        if (!is_code(quantizer, t.codes[i]))
            return Status::error(Code::bad_config, tensor_name(spec).view(), ": code ", i, " is ", t.codes[i],
                                 quantizer == Quantizer::int4 ? ": use -7..7" : ": use 0, +-1, +-3, +-9");
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

// Codes of n weights with one scale, which is returned.
float quantise_run(Quantizer quantizer, const float* w, std::size_t n, int8_t* codes) {
    const float scale = quantizer == Quantizer::int4 ? int4_step(w, n) : absmean_scale(w, n);
    const auto code = quantizer == Quantizer::int4      ? int4_code
                      : quantizer == Quantizer::ternary ? ternary_code
                                                        : power3_code;
    for (std::size_t i = 0; i < n; i++) codes[i] = code(w[i], scale);
    return scale;
}

void quantise_matrix(const TensorSpec& spec, Quantizer quantizer, const std::vector<float>& w,
                     CodedTensor* out) {
    if (quantizer == Quantizer::none) {
        if (!exactly_ternary(w, out)) out->values = w;
        return;
    }
    // The conv has one scale even under power3_pr: the reference quantises rows of two-dimensional weights
    // only, and its conv is (D, 1, K).
    const bool per_row = quantizer == Quantizer::power3_pr && spec.kind != TensorKind::conv;
    const std::size_t groups = per_row ? spec.rows : 1;
    const std::size_t group_size = w.size() / groups;
    out->codes.resize(w.size());
    for (std::size_t at = 0; at < w.size(); at += group_size)
        out->scales.push_back(quantise_run(quantizer, &w[at], group_size, &out->codes[at]));
}

}  // namespace

Status check(const FloatModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const std::vector<float>& t = model.tensors[i];
        if (!spec.active && t.empty()) continue;
        if (t.size() != spec.size()) return wrong_size(spec, "values", t.size(), spec.size());
        ATOME_TRY(check_finite(spec, t));
    }
    return {};
}

Status check(const CodedModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const CodedTensor& t = model.tensors[i];
        if (!spec.active && t.codes.empty() && t.values.empty()) continue;
        ATOME_TRY(check_tensor(spec, t, model.config.quantizer));
    }
    return {};
}

float absmean_scale(const float* w, std::size_t n) {
    constexpr std::size_t kLanes = 32, kColumns = 8, kLevels = 4;
    const std::size_t rows = n / kLanes;
    std::size_t power = 4;  // one level passes its sum on after 2^power rows
    while (power < 32 && (std::size_t{1} << (4 * power + 3)) < rows) power++;
    const std::size_t step = std::size_t{1} << power;

    float sum[kLevels][kLanes] = {};
    std::size_t row = 0;
    const auto add_row = [&] {
        for (std::size_t k = 0; k < kLanes; k++) sum[0][k] += std::fabs(w[row * kLanes + k]);
        row++;
    };
    while (row + step <= rows) {
        for (std::size_t j = 0; j < step; j++) add_row();
        for (std::size_t level = 1; level < kLevels; level++) {
            for (std::size_t k = 0; k < kLanes; k++) {
                sum[level][k] += sum[level - 1][k];
                sum[level - 1][k] = 0.0f;
            }
            if ((row >> level * power & (step - 1)) != 0) break;
        }
    }
    while (row < rows) add_row();
    for (std::size_t level = 1; level < kLevels; level++)
        for (std::size_t k = 0; k < kLanes; k++) sum[0][k] += sum[level][k];

    std::size_t i = rows * kLanes;
    for (; i + kColumns <= n; i += kColumns)
        for (std::size_t k = 0; k < kColumns; k++) sum[0][k] += std::fabs(w[i + k]);
    for (std::size_t k = kColumns; k < kLanes; k++) sum[0][k % kColumns] += sum[0][k];
    float total = 0.0f;
    for (; i < n; i++) total += std::fabs(w[i]);
    for (std::size_t k = 0; k < kColumns; k++) total += sum[0][k];
    const float mean = total / static_cast<float>(n);
    return mean > kMinScale ? mean : kMinScale;
}

int8_t ternary_code(float w, float alpha) {
    // round_half_even sends 0.5 to 0, so only what lies strictly beyond is 1; the clamp does the rest.
    const float ratio = w / alpha;
    return static_cast<int8_t>((ratio > 0.5f) - (ratio < -0.5f));
}

int8_t power3_code(float w, float alpha) {
    const float ratio = std::fabs(w / alpha);
    const int level = ratio >= 6.0f ? 9 : ratio >= 2.0f ? 3 : ratio >= 0.5f ? 1 : 0;
    return static_cast<int8_t>(w < 0.0f ? -level : level);
}

float int4_step(const float* w, std::size_t n) {
    return absmean_scale(w, n) * 3.0f / static_cast<float>(kInt4Most);
}

int8_t int4_code(float w, float step) { return static_cast<int8_t>(round_within(w / step, kInt4Most)); }

Status quantise(const FloatModel& in, CodedModel* out) {
    ATOME_TRY(check(in));
    CodedModel model;
    model.config = in.config;
    model.window = in.window;
    model.tensors.resize(in.tensors.size());
    for (uint32_t i = 0; i < in.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(in.config, i);
        if (!spec.active) continue;
        CodedTensor& t = model.tensors[i];
        if (spec.coded)
            quantise_matrix(spec, in.config.quantizer, in.tensors[i], &t);
        else
            t.values = in.tensors[i];
        // A mean beyond binary32 comes from weights near its limit.
        ATOME_TRY(check_finite(spec, t.scales));
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
