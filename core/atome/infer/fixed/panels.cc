#include "atome/infer/fixed/panels.h"

#include <cstring>

namespace atome {

namespace {

uint64_t bytes(uint32_t rows, uint32_t cols) {
    return uint64_t{Panels::up(rows, kRowsOfPanel)} * (sizeof(int32_t) + Panels::up(cols, kColsOfPanel));
}

void unpack(const TensorView& w, uint8_t* out) {
    std::memset(out, 0, static_cast<std::size_t>(bytes(w.rows, w.cols)));
    auto* excess = reinterpret_cast<int32_t*>(out);
    uint8_t* blocks = out + sizeof(int32_t) * Panels::up(w.rows, kRowsOfPanel);
    const std::size_t cols = Panels::up(w.cols, kColsOfPanel);
    for (uint32_t r = 0; r < w.rows; r++)
        for (uint32_t c = 0; c < w.cols; c++) {
            int8_t code;
            decode_codes(w.encoding, w.codes, std::size_t{r} * w.cols + c, 1, &code);
            const std::size_t row = r / kRowsOfPanel * kRowsOfPanel * cols + r % kRowsOfPanel * kColsOfPanel;
            blocks[row + c / kColsOfPanel * kRowsOfPanel * kColsOfPanel + c % kColsOfPanel] =
                static_cast<uint8_t>(code);
            excess[r] += 128 * code;
        }
}

}  // namespace

const FixedKernels::Unpacking kPanels = {bytes, unpack};

}  // namespace atome
