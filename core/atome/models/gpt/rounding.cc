#include "atome/models/gpt/rounding.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "atome/base/math.h"
#include "atome/quant/quantizers.h"

namespace atome {

namespace {

constexpr std::string_view kNames[] = {"none", "int8", "int4"};

// n weights with one scale; codes are -most..most.
void round_row(float* w, uint32_t n, float most) {
    float largest = 0;
    for (uint32_t i = 0; i < n; i++) largest = std::max(largest, std::fabs(w[i]));
    const float scale = largest / most;
    // Zero, or so small that the scale itself would lose digits: such rows are zeros.
    if (!(scale >= 1e-30f)) {
        std::fill_n(w, n, 0.0f);
        return;
    }
    for (uint32_t i = 0; i < n; i++) w[i] = scale * round_within(w[i] / scale, most);
}

}  // namespace

std::string_view name(Rounding rounding) { return kNames[static_cast<unsigned>(rounding)]; }

bool parse_rounding(std::string_view text, Rounding* out) {
    for (unsigned i = 0; i < std::size(kNames); i++) {
        if (text == kNames[i]) {
            *out = static_cast<Rounding>(i);
            return true;
        }
    }
    return false;
}

GptModel round_weights(const GptModel& in, Rounding rounding) {
    GptModel out = in;
    if (rounding == Rounding::none) return out;
    const float most = rounding == Rounding::int8 ? 127 : 7;
    for (uint32_t i = 0; i < out.tensors.size(); i++) {
        const GptTensorSpec spec = tensor_spec(in.config, i);
        if (!spec.coded) continue;
        for (std::size_t r = 0; r < spec.rows; r++)
            round_row(&out.tensors[i][r * spec.cols], spec.cols, most);
    }
    return out;
}

uint64_t weight_bytes(const GptConfig& config, Rounding rounding) {
    const QuantizerRow& quantizer = row_of(config.quantizer);
    const QuantizerInFiles& files = in_files(config.quantizer);
    const Encoding encoding = quantizer.most == 1 ? Encoding::trit5 : files.encoding;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        const GptTensorSpec spec = tensor_spec(config, i);
        if (spec.coded && quantizer.code)
            bytes += packed_bytes(encoding, spec.size()) + 4 * (quantizer.by_row ? spec.rows : 1);
        else if (!spec.coded || rounding == Rounding::none)
            bytes += 4 * spec.size();
        else
            bytes +=
                4 * uint64_t{spec.rows} + (rounding == Rounding::int8 ? spec.size() : (spec.size() + 1) / 2);
    }
    return bytes;
}

}  // namespace atome
