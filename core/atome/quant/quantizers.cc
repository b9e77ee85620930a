#include "atome/quant/quantizers.h"

#include <cmath>
#include <iterator>

#include "atome/base/math.h"

namespace atome {

namespace {

// code = clamp(round_half_even(w / alpha), -1, 1).
int8_t ternary_code(float w, float alpha) {
    // round_half_even sends 0.5 to 0, so only what lies strictly beyond is 1; the clamp does the rest.
    const float ratio = w / alpha;
    return static_cast<int8_t>((ratio > 0.5f) - (ratio < -0.5f));
}

// sign(w) times 0, 1, 3 or 9 with edges at |w| = 0.5, 2 and 6 alpha.
int8_t power3_code(float w, float alpha) {
    const float ratio = std::fabs(w / alpha);
    const int level = ratio >= 6.0f ? 9 : ratio >= 2.0f ? 3 : ratio >= 0.5f ? 1 : 0;
    return static_cast<int8_t>(w < 0.0f ? -level : level);
}

// The one scale of an int4 tensor: absmean_scale(w, n) * 3 / 7, from left to right. The codes end at three
// times the mean magnitude.
float int4_step(const float* w, std::size_t n) {
    return absmean_scale(w, n) * 3.0f / static_cast<float>(Int4::kMost);
}

int8_t int4_code(float w, float step) { return static_cast<int8_t>(round_within(w / step, Int4::kMost)); }

// By the values of Quantizer.
constexpr QuantizerRow kRows[] = {
    {Quantizer::ternary, 1, absmean_scale, ternary_code, false, false},
    {Quantizer::power3, 0, absmean_scale, power3_code, false, true},
    {Quantizer::power3_pr, 0, absmean_scale, power3_code, true, true},
    {Quantizer::none, 0, nullptr, nullptr, false, false},
    {Quantizer::int4, Int4::kMost, int4_step, int4_code, false, true},
};
constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kRows); i++)
        if (kRows[i].id != static_cast<Quantizer>(i)) return false;
    return true;
}
static_assert(std::size(kRows) == kQuantizerCount && in_order());

}  // namespace

const QuantizerRow& row_of(Quantizer quantizer) { return kRows[static_cast<unsigned>(quantizer)]; }

void round_weights(const QuantizerRow& quantizer, uint32_t rows, uint32_t cols, const float* in, float* out) {
    const std::size_t n = quantizer.by_row ? cols : std::size_t{rows} * cols;
    for (std::size_t first = 0; first < std::size_t{rows} * cols; first += n) {
        const float scale = quantizer.scale(in + first, n);
        for (std::size_t i = first; i < first + n; i++)
            out[i] = scale * static_cast<float>(quantizer.code(in[i], scale));
    }
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

}  // namespace atome
