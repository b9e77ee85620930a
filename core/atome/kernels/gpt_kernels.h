// The inner loops that only the GPT baseline needs, in a table of their own, so that programs without it do
// not carry them. gpt_scalar.cc is the definition; every set gives the same bits (no FMA).
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/kernels/kernels.h"

namespace atome {

struct GptKernels {
    // out = u * Phi(u), Phi(u) = (1 + erf(u / sqrt(2))) / 2: the exact GELU, up to erf's error (math.h). All
    // (n); out may be u.
    void (*gelu)(const float* u, std::size_t n, float* out);
    // du = dz * (Phi(u) + u * phi(u)), phi(u) = exp(-u^2 / 2) / sqrt(2 pi). All (n); du may be dz.
    void (*gelu_backward)(const float* u, const float* dz, std::size_t n, float* du);
    // Through p = softmax(scale * s): d = p * (d - sum of p * d) * scale, both (n); the sum in the strided
    // order.
    void (*softmax_backward)(const float* p, uint32_t n, float scale, float* d);
};

// The set of an instruction set; scalar where it is not there.
const GptKernels& gpt_kernels(Isa isa);

}  // namespace atome
