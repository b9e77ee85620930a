#include "atome/measure/prediction.h"

#include <algorithm>

#include "atome/base/math.h"
#include "atome/infer/sampler.h"
#include "atome/model/config.h"

namespace atome {

Prediction predict(const Kernels& kernels, const float* logits, uint32_t V, uint32_t next) {
    float p[Limits::vocab_size];
    std::copy_n(logits, V, p);
    Prediction result;
    // Before the softmax, which may round two different logits to one probability.
    result.best = Sampler().sample(p, V);
    kernels.softmax(p, V);
    const auto negative_log = [](float x) { return x > 1e-37f ? 0 - log(x) : 85.2f; };
    result.nats = negative_log(p[next]);
    result.entropy = 0;
    for (uint32_t v = 0; v < V; v++) result.entropy += p[v] * negative_log(p[v]);
    result.max_probability = p[result.best];
    return result;
}

}  // namespace atome
