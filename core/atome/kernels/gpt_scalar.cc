// The definition of every kernel of the GPT's: plain loops, one element at a time.
#include "atome/kernels/gpt_kernels.h"
#include "atome/kernels/gpt_math.h"

namespace atome {

namespace {

void gelu(const float* u, std::size_t n, float* out) {
    for (std::size_t i = 0; i < n; i++) out[i] = gelu_lanes<float, int32_t>(u[i]);
}

void gelu_backward(const float* u, const float* dz, std::size_t n, float* du) {
    for (std::size_t i = 0; i < n; i++) du[i] = dz[i] * gelu_slope_lanes<float, int32_t>(u[i]);
}

void softmax_backward(const float* p, uint32_t n, float scale, float* d) {
    float partial[kPanel] = {};
    for (uint32_t i = 0; i < n; i++) partial[i % kPanel] += p[i] * d[i];
    for (uint32_t half = kPanel / 2; half > 0; half /= 2)
        for (uint32_t i = 0; i < half; i++) partial[i] += partial[i + half];
    for (uint32_t i = 0; i < n; i++) d[i] = p[i] * (d[i] - partial[0]) * scale;
}

}  // namespace

extern const GptKernels kGptKernels_scalar;
const GptKernels kGptKernels_scalar = {gelu, gelu_backward, softmax_backward};

}  // namespace atome
