#include "atome/model/model.h"

#include "atome/model/checks.h"

namespace atome {

Status check(const FloatModel& model) {
    ATOME_TRY(check_count(model));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const std::vector<float>& t = model.tensors[i];
        if (!spec.active && t.empty()) continue;
        ATOME_TRY(check_floats(spec, t));
    }
    return {};
}

}  // namespace atome
