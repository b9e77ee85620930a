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
        const size_t first = static_cast<size_t>(r) * w.cols;
        for (uint32_t c = 0; c < w.cols; c += kRun) {
            const uint32_t run = w.cols - c < kRun ? w.cols - c : kRun;
            if (w.encoding != Encoding::f32) decode_codes(w.encoding, w.codes, first + c, run, codes);
            for (uint32_t i = 0; i < run; i++)
                use(r, c + i,
                    w.encoding == Encoding::f32 ? w.values[first + c + i] : static_cast<float>(codes[i]));
        }
    }
}

// Writes a tensor as rows first.. of panels; rows that no tensor fills keep weight 0 and scale 0. The panels
// lie in the engine's arena, which it may write to.
void clear(const TensorView& panels) {
    const size_t n = static_cast<size_t>(panels.rows) * panels.cols;
    for (size_t i = 0; i < n; i++) {
        if (panels.codes) const_cast<uint8_t*>(panels.codes)[i] = 0;
        if (panels.values) const_cast<float*>(panels.values)[i] = 0;
    }
    for (uint32_t r = 0; r < panels.rows; r++) const_cast<float*>(panels.row_scales)[r] = 0;
}

void fill(const TensorView& panels, const TensorView& w, uint32_t first) {
    for_each_weight(w, [&](uint32_t r, uint32_t col, float weight) {
        const uint32_t row = first + r;
        const size_t at = (static_cast<size_t>(row / kPanel) * panels.cols + col) * kPanel + row % kPanel;
        if (panels.codes)
            const_cast<uint8_t*>(panels.codes)[at] = static_cast<uint8_t>(static_cast<int8_t>(weight));
        else
            const_cast<float*>(panels.values)[at] = weight;
    });
    for (uint32_t r = 0; r < w.rows; r++) const_cast<float*>(panels.row_scales)[first + r] = w.row_scale(r);
}

void copy(const TensorView& w, const TensorView& panels) {
    clear(panels);
    fill(panels, w, 0);
}

}  // namespace

void Engine::unpack(const ModelView& model, const Buffers& b) {
    const uint32_t D = model.config().d_model;
    for (uint32_t l = 0; l < model.config().n_layers; l++) {
        Layer from;
        find(model, l, &from);
        const Layer& to = b.layers[l];
        clear(to.projections[0]);
        uint32_t row = 0;
        for (const TensorView& w : from.projections) {
            fill(to.projections[0], w, row);  // empty where the pathway is off
            row += w.rows;
        }
        fill(to.projections[0], model.tensor(TensorKind::state_wa, l),
             row);  // empty where the state is not selective
        if (from.taps.rows > 0)
            for_each_weight(from.taps, [&](uint32_t d, uint32_t tap, float weight) {
                const_cast<float*>(to.taps.values)[tap * D + d] = weight;
            });
        if (from.up.rows > 0) {
            copy(from.up, to.up);
            copy(from.down, to.down);
        }
    }
    copy(model.tensor(TensorKind::unembed), b.unembed);
}

}  // namespace atome
