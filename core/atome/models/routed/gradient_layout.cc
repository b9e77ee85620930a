#include "atome/models/routed/gradient_layout.h"

namespace atome {

GradientLayout::GradientLayout(const Config& config) {
    places.resize(tensor_count(config));
    for (uint32_t i = 0; i < places.size(); i++) {
        const TensorSpec spec = tensor_spec(config, i);
        Place& p = places[i];
        const bool conv = spec.kind == TensorKind::conv;
        p.offset = size;
        p.rows = conv ? spec.cols : spec.rows;
        p.cols = conv ? spec.rows : spec.cols;
        p.stride = padded(p.cols);
        size += static_cast<std::size_t>(p.rows) * p.stride;
    }
}

}  // namespace atome
