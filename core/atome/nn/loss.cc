#include "atome/nn/loss.h"

#include "atome/kernels/kernels.h"
#include "atome/model/config.h"

namespace atome {

double hard_loss(const TrainKernels& kernels, uint32_t V, const uint8_t* targets, uint32_t T, float scale,
                 float* logits) {
    const uint32_t stride = padded(V);
    double sum = 0;
    for (std::size_t t = 0; t < T; t++)
        sum += static_cast<double>(kernels.cross_entropy(logits + t * stride, V, targets[t], scale));
    return sum;
}

double distillation_loss(const TrainKernels& kernels, uint32_t V, const uint8_t* targets, uint32_t T,
                         float scale, const Distillation& d, const SequencePlace& place, float* all_logits) {
    const uint32_t stride = padded(V);
    float teacher[Limits::vocab_size], softened[Limits::vocab_size];
    const uint32_t from = place.from < T ? place.from : T;
    double sum = hard_loss(kernels, V, targets, from, scale, all_logits);
    for (std::size_t t = from; t < T; t++) {
        float* logits = all_logits + t * stride;
        for (uint32_t i = 0; i < V; i++) softened[i] = logits[i] / d.temperature;
        sum += static_cast<double>(kernels.cross_entropy(logits, V, targets[t], (1 - d.alpha) * scale));
        // The gradient of temperature^2 KL with respect to the logits is temperature times the difference of
        // the softened distributions. cross_entropy subtracts 1 at a target: it is added back.
        d.teacher->read(place.position + (t - from), teacher);
        soften(teacher, V, d.temperature);
        const float weight = d.alpha * d.temperature * scale;
        kernels.cross_entropy(softened, V, 0, weight);
        softened[0] += weight;
        for (uint32_t i = 0; i < V; i++) logits[i] += softened[i] - weight * teacher[i];
    }
    return sum;
}

void uncertainty(const TrainKernels& kernels, uint32_t V, const float* logits, uint32_t T, float* out) {
    constexpr float kMostNats = 2.5f;
    for (std::size_t t = 0; t < T; t++) {
        const float share = kernels.entropy(logits + t * padded(V), V) / kMostNats;
        out[t] = share < 1 ? share : 1;
    }
}

}  // namespace atome
