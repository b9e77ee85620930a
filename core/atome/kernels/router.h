// The router's distribution over pathways, and small softmaxes like it.
#pragma once

#include <stdint.h>

#include "atome/base/math.h"

namespace atome {

// x = softmax(x) in place for a handful of values (router outputs, kept attention scores): the sum runs in
// order, unlike the strided sum of the softmax kernel.
ATOME_INLINE void small_softmax(float* x, uint32_t n) {
    float most = x[0];
    for (uint32_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    float sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        x[i] = exp(x[i] - most);
        sum += x[i];
    }
    const float inv = 1.0f / sum;
    for (uint32_t i = 0; i < n; i++) x[i] *= inv;
}

// Router weights below it count as it in logarithms.
constexpr float kLeastWeight = 1e-12f;

// -sum r ln r in nats, in [0, ln P]; r (P) sums to 1.
ATOME_INLINE float router_entropy(const float* r, uint32_t P) {
    float sum = 0;
    for (uint32_t p = 0; p < P; p++) {
        const float w = r[p] > kLeastWeight ? r[p] : kLeastWeight;
        sum += w * log(w);
    }
    return 0 - sum;
}

}  // namespace atome
