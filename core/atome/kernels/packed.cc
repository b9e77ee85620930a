#include "atome/kernels/packed.h"

namespace atome {

namespace {

// Codes are decoded in short runs on the stack.
constexpr uint32_t kRun = 32;

// sum + code * x in the order of the definition. Adding 0 * x never changes a sum that starts from +0, so
// zeros are skipped; +-1 times x is exact, so a product is spared.
inline float add_product(float sum, int8_t code, float x) {
    if (code == 0) return sum;
    if (code == 1) return sum + x;
    if (code == -1) return sum - x;
    return sum + static_cast<float>(code) * x;
}

// w[first + i * step] * x... for one row or channel of a coded tensor: calls use(i, code) for i < n.
template <class Use>
inline void for_codes(const TensorView& w, std::size_t first, uint32_t n, Use use) {
    int8_t codes[kRun];
    for (uint32_t done = 0; done < n; done += kRun) {
        const uint32_t run = n - done < kRun ? n - done : kRun;
        decode_codes(w, first + done, run, codes);
        for (uint32_t i = 0; i < run; i++) use(done + i, codes[i]);
    }
}

}  // namespace

void matvec_packed(const TensorView& w, const float* x, float* y) {
    for (uint32_t r = 0; r < w.rows; r++) {
        const std::size_t first = static_cast<std::size_t>(r) * w.cols;
        float sum = 0;
        if (w.encoding == Encoding::f32) {
            const float* row = w.values + first;
            for (uint32_t c = 0; c < w.cols; c++) sum += row[c] * x[c];
        } else {
            for_codes(w, first, w.cols, [&](uint32_t c, int8_t code) { sum = add_product(sum, code, x[c]); });
        }
        y[r] = sum * w.row_scale(r);
    }
}

void read_row(const TensorView& w, uint32_t row, float* out) {
    const std::size_t first = static_cast<std::size_t>(row) * w.cols;
    const float scale = w.row_scale(row);
    if (w.encoding == Encoding::f32) {
        for (uint32_t c = 0; c < w.cols; c++) out[c] = w.values[first + c] * scale;
    } else {
        for_codes(w, first, w.cols,
                  [&](uint32_t c, int8_t code) { out[c] = static_cast<float>(code) * scale; });
    }
}

void conv_packed(const TensorView& w, const float* const* rows, float* out) {
    for (uint32_t d = 0; d < w.rows; d++) {
        const std::size_t first = static_cast<std::size_t>(d) * w.cols;
        float sum = 0;
        if (w.encoding == Encoding::f32) {
            for (uint32_t j = 0; j < w.cols; j++) sum += w.values[first + j] * rows[j][d];
        } else {
            for_codes(w, first, w.cols,
                      [&](uint32_t j, int8_t code) { sum = add_product(sum, code, rows[j][d]); });
        }
        out[d] = sum * w.row_scale(d);
    }
}

}  // namespace atome
