// Unpacks a model's weights into the arena, in the layouts that the SIMD kernels want.
#include "atome/infer/engine.h"

namespace atome {

namespace {

// Calls use(row, col, weight) for every element; the weight is the code, or the float itself.
template <class Use>
void for_each_weight(const TensorView& w, Use use) {
    constexpr uint32_t kRun = 64;
    int8_t codes[kRun];
    for (uint32_t r = 0; r < w.rows; r++) {
        const std::size_t first = static_cast<std::size_t>(r) * w.cols;
        for (uint32_t c = 0; c < w.cols; c += kRun) {
            const uint32_t run = w.cols - c < kRun ? w.cols - c : kRun;
            if (w.encoding != Encoding::f32) decode_codes(w.encoding, w.codes, first + c, run, codes);
            for (uint32_t i = 0; i < run; i++)
                use(r, c + i,
                    w.encoding == Encoding::f32 ? w.values[first + c + i] : static_cast<float>(codes[i]));
        }
    }
}

}  // namespace

void Engine::unpack() {
    const Config& c = config_;
    // Writes one tensor as rows first.. of a stack; rows that no tensor fills keep weight 0 and scale 0.
    const auto clear = [](const Panels& p) {
        const std::size_t n = static_cast<std::size_t>(p.rows) * p.cols;
        for (std::size_t i = 0; i < n; i++) {
            if (p.codes) p.codes[i] = 0;
            if (p.weights) p.weights[i] = 0;
        }
        for (uint32_t r = 0; r < p.rows; r++) p.scales[r] = 0;
    };
    const auto fill = [](const Panels& p, const TensorView& w, uint32_t first) {
        for_each_weight(w, [&](uint32_t r, uint32_t col, float weight) {
            const uint32_t row = first + r;
            const std::size_t at =
                (static_cast<std::size_t>(row / kPanel) * p.cols + col) * kPanel + row % kPanel;
            if (p.codes)
                p.codes[at] = static_cast<int8_t>(weight);
            else
                p.weights[at] = weight;
        });
        for (uint32_t r = 0; r < w.rows; r++) p.scales[first + r] = w.row_scale(r);
    };
    for (uint32_t l = 0; l < c.n_layers; l++) {
        const UnpackedLayer& u = b_.layers[l];
        clear(u.projections);
        uint32_t row = 0;
        for (const TensorKind kind : {TensorKind::wq, TensorKind::wk, TensorKind::wv, TensorKind::router}) {
            const TensorView w = model_.tensor(kind, l);  // empty where the pathway is off
            fill(u.projections, w, row);
            row += w.rows;
        }
        if (u.taps)
            for_each_weight(model_.tensor(TensorKind::conv, l), [&](uint32_t d, uint32_t tap, float weight) {
                u.taps[tap * c.d_model + d] = weight;
            });
        if (c.d_ff > 0) {
            clear(u.up);
            fill(u.up, model_.tensor(TensorKind::ffn_up, l), 0);
            clear(u.down);
            fill(u.down, model_.tensor(TensorKind::ffn_down, l), 0);
        }
    }
    clear(b_.unembed);
    fill(b_.unembed, model_.tensor(TensorKind::unembed), 0);
}

}  // namespace atome
