#include "atome/measure/prediction.h"

#include <algorithm>

#include "atome/base/math.h"
#include "atome/infer/sampler.h"
#include "atome/model/config.h"

namespace atome {

namespace {

float negative_log(float x) { return x > 1e-37f ? 0 - log(x) : 85.2f; }

}  // namespace

Prediction predict(const Kernels& kernels, const float* logits, uint32_t V, uint32_t next) {
    float p[Limits::vocab_size];
    std::copy_n(logits, V, p);
    Prediction result;
    // Before the softmax, which may round two different logits to one probability.
    result.best = Sampler().sample(p, V);
    kernels.softmax(p, V);
    result.nats = negative_log(p[next]);
    result.entropy = 0;
    for (uint32_t v = 0; v < V; v++) result.entropy += p[v] * negative_log(p[v]);
    result.max_probability = p[result.best];
    return result;
}

float nats_of(const Kernels& kernels, const float* logits, uint32_t V, uint32_t next) {
    float p[Limits::vocab_size];
    std::copy_n(logits, V, p);
    kernels.softmax(p, V);
    return negative_log(p[next]);
}

}  // namespace atome
