#include "atome/models/routed/weights.h"

#include "atome/base/math.h"
#include "atome/model/gains.h"
#include "atome/quant/quantizers.h"

namespace atome {

namespace {

// Codes (as floats) and scale of n weights with one scale; without codes the weights are as they are.
float quantise_run(const QuantizerRow& row, const float* w, std::size_t n, const TrainKernels& kernels,
                   float* codes) {
    if (!row.code) {
        for (std::size_t i = 0; i < n; i++) codes[i] = w[i];
        return 1.0f;
    }
    const float scale = row.scale(w, n);
    if (row.most > 0)
        kernels.round_codes(w, scale, row.most, n, codes);
    else
        for (std::size_t i = 0; i < n; i++) codes[i] = static_cast<float>(row.code(w[i], scale));
    return scale;
}

// gains: shadow gains (rows), or null.
void quantise_rows(WorkMatrix& m, uint32_t first, const TensorSpec& spec, const std::vector<float>& w,
                   const float* gains, const QuantizerRow& quantizer, const TrainKernels& kernels) {
    const auto row = [&](uint32_t r) {
        return &m.values[static_cast<std::size_t>(first + r) * m.row_stride];
    };
    if (scale_count(quantizer, spec) > 1) {
        for (uint32_t r = 0; r < spec.rows; r++)
            m.scales[first + r] = quantise_run(quantizer, &w[static_cast<std::size_t>(r) * spec.cols],
                                               spec.cols, kernels, row(r));
    } else {
        const float scale = [&] {
            if (m.row_stride == spec.cols)
                return quantise_run(quantizer, w.data(), w.size(), kernels, row(0));
            std::vector<float> codes(w.size());
            const float alpha = quantise_run(quantizer, w.data(), w.size(), kernels, codes.data());
            for (uint32_t r = 0; r < spec.rows; r++)
                for (uint32_t c = 0; c < spec.cols; c++)
                    row(r)[c] = codes[static_cast<std::size_t>(r) * spec.cols + c];
            return alpha;
        }();
        for (uint32_t r = 0; r < spec.rows; r++) m.scales[first + r] = scale;
    }
    for (uint32_t r = 0; gains && r < spec.rows; r++)
        m.scales[first + r] = scale_with_gain(m.scales[first + r], nearest_gain(gains[r]));
    m.finish_rows(first, spec.rows);
}

}  // namespace

WorkWeights::WorkWeights(const Config& config)
    : config_(config),
      embed_(config.vocab_size, config.d_model),
      unembed_(config.vocab_size, config.d_model) {
    const uint32_t D = config.d_model, F = config.d_ff;
    for (uint32_t l = 0; l < config.n_layers; l++) {
        WorkLayer layer;
        layer.projections = WorkMatrix(ProjectionRows(config).count, D);
        if (F > 0) {
            layer.up = WorkMatrix(F, D);
            layer.down = WorkMatrix(D, F);
        }
        layer.taps.resize(static_cast<std::size_t>(config.kernel_size) * padded(D));
        layer.tap_values.resize(layer.taps.size());
        layer.conv_scratch.resize(static_cast<std::size_t>(config.kernel_size) * D);
        layer.decay.resize(D);
        layers_.push_back(std::move(layer));
    }
    vectors_.resize(tensor_count(config));
    for (uint32_t i = 0; i < vectors_.size(); i++)
        if (const TensorSpec spec = tensor_spec(config, i); !spec.coded) vectors_[i].resize(spec.size());
}

void WorkWeights::prepare(const Shadow& shadow, const TrainKernels& kernels, Executor& executor) {
    executor.run(tensor_count(config_),
                 [&](uint32_t index, uint32_t) { prepare_tensor(index, shadow, kernels); });
}

const WorkMatrix* WorkWeights::matrix_of(TensorKind kind, uint32_t layer, uint32_t* first) const {
    const ProjectionRows rows(config_);
    *first = 0;
    switch (kind) {
        case TensorKind::embed:
            return &embed_;
        case TensorKind::unembed:
            return &unembed_;
        case TensorKind::wq:
            *first = rows.q;
            return &layers_[layer].projections;
        case TensorKind::wk:
            *first = rows.k;
            return &layers_[layer].projections;
        case TensorKind::wv:
            *first = rows.v;
            return &layers_[layer].projections;
        case TensorKind::router:
            *first = rows.router;
            return &layers_[layer].projections;
        case TensorKind::ffn_up:
            return &layers_[layer].up;
        case TensorKind::ffn_down:
            return &layers_[layer].down;
        default:
            return nullptr;
    }
}

void WorkWeights::prepare_tensor(uint32_t index, const Shadow& shadow, const TrainKernels& kernels) {
    const TensorSpec spec = tensor_spec(config_, index);
    if (!spec.active) return;
    const std::vector<float>& w = shadow[index];
    for (std::size_t i = 0; i < vectors_[index].size(); i++)
        vectors_[index][i] = rounded(plain_encoding(config_, spec), w[i]);
    uint32_t first = 0;
    if (const WorkMatrix* m = matrix_of(spec.kind, spec.layer, &first)) {
        const float* gains = has_gains(config_, spec.kind)
                                 ? shadow[tensor_index(config_, gains_of(spec.kind), spec.layer)].data()
                                 : nullptr;
        quantise_rows(const_cast<WorkMatrix&>(*m), first, spec, w, gains, row_of(config_.quantizer), kernels);
    } else if (spec.kind == TensorKind::conv) {
        prepare_conv(spec, w, kernels);
    } else if (spec.kind == TensorKind::state_a_raw) {
        for (uint32_t d = 0; d < spec.cols; d++) layers_[spec.layer].decay[d] = tanh(vectors_[index][d]);
    }
}

void WorkWeights::prepare_conv(const TensorSpec& spec, const std::vector<float>& w,
                               const TrainKernels& kernels) {
    WorkLayer& layer = layers_[spec.layer];
    const uint32_t D = spec.rows, K = spec.cols, stride = padded(D);
    layer.tap_scale =
        quantise_run(row_of(config_.quantizer), w.data(), w.size(), kernels, layer.conv_scratch.data());
    for (uint32_t d = 0; d < D; d++)
        for (uint32_t j = 0; j < K; j++) {
            const float code = layer.conv_scratch[static_cast<std::size_t>(d) * K + (K - 1 - j)];
            layer.taps[static_cast<std::size_t>(j) * stride + d] = code;
            layer.tap_values[static_cast<std::size_t>(j) * stride + d] = code * layer.tap_scale;
        }
}

}  // namespace atome
