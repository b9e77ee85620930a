#include "atome/models/gpt/initialise.h"

#include "atome/base/math.h"
#include "atome/nn/normal.h"

namespace atome {

GptModel initialise_gpt(const GptConfig& config, uint64_t seed) {
    GptModel model;
    model.config = config;
    Normal normal(seed);
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        const GptTensorSpec spec = tensor_spec(config, i);
        std::vector<float> w(spec.size());
        switch (spec.kind) {
            case GptTensorKind::norm1_gamma:
            case GptTensorKind::norm2_gamma:
            case GptTensorKind::final_gamma:
                w.assign(w.size(), 1.0f);
                break;
            case GptTensorKind::norm1_beta:
            case GptTensorKind::norm2_beta:
            case GptTensorKind::final_beta:
                break;
            default: {
                const bool residual =
                    spec.kind == GptTensorKind::attn_out || spec.kind == GptTensorKind::ffn_down;
                const float shared = residual ? 2 * static_cast<float>(config.n_layers) : 1;
                const float deviation = 1 / sqrt(static_cast<float>(spec.cols) * shared);
                for (float& x : w) x = deviation * normal.next();
                break;
            }
        }
        model.tensors.push_back(std::move(w));
    }
    return model;
}

}  // namespace atome
