// The SIMD bodies of the GPT's kernels; see simd_kernels.h for how they are compiled.
#include "atome/kernels/gpt_kernels.h"
#include "atome/kernels/gpt_math.h"
#include "atome/kernels/simd.h"

namespace atome::ATOME_ISA {
namespace {

void gelu(const float* u, std::size_t n, float* out) {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, gelu_lanes<F, I>(load(u + i)));
    for (; i < n; i++) out[i] = gelu_lanes<float, int32_t>(u[i]);
}

void gelu_backward(const float* u, const float* dz, std::size_t n, float* du) {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(du + i, load(dz + i) * gelu_slope_lanes<F, I>(load(u + i)));
    for (; i < n; i++) du[i] = dz[i] * gelu_slope_lanes<float, int32_t>(u[i]);
}

void softmax_backward(const float* p, uint32_t n, float scale, float* d) {
    StridedSum sum;
    uint32_t i = 0;
    for (; i + kPanel <= n; i += kPanel)
        for (int v = 0; v < kVectors; v++) sum.add(v, load(p + i + v * kLanes) * load(d + i + v * kLanes));
    for (; i < n; i++) sum.add_one(i % kPanel, p[i] * d[i]);
    const float total = sum.total();
    for (i = 0; i + kLanes <= n; i += kLanes) store(d + i, load(p + i) * (load(d + i) - total) * scale);
    for (; i < n; i++) d[i] = p[i] * (d[i] - total) * scale;
}

}  // namespace

constexpr GptKernels make_gpt_kernels() { return {gelu, gelu_backward, softmax_backward}; }

}  // namespace atome::ATOME_ISA
