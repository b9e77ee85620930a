#include "atome/models/routed/initialise.h"

#include "atome/base/math.h"
#include "atome/nn/normal.h"

namespace atome {

FloatModel initialise(const Config& config, uint64_t seed) {
    FloatModel model;
    model.config = config;
    Normal normal(seed);
    const uint32_t count = tensor_count(config);
    for (uint32_t i = 0; i < count; i++) {
        const TensorSpec spec = tensor_spec(config, i);
        std::vector<float> w(spec.size());
        const auto draw = [&](float deviation) {
            for (float& x : w) x = deviation * normal.next();
        };
        switch (spec.kind) {
            case TensorKind::norm_gamma:
            case TensorKind::norm2_gamma:
            case TensorKind::final_gamma:
                w.assign(w.size(), 1.0f);
                break;
            case TensorKind::norm_beta:
            case TensorKind::norm2_beta:
            case TensorKind::final_beta:
                break;
            case TensorKind::state_a_raw:
                w.assign(w.size(), 1.5f);
                break;
            // b and c_out have D elements, matrices `cols` inputs, the convolution K taps: all spec.cols.
            default:
                draw(1.0f / sqrt(static_cast<float>(spec.cols)));
                break;
        }
        model.tensors.push_back(std::move(w));
    }
    return model;
}

}  // namespace atome
