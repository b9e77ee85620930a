#include "atome/infer/sampler_options.h"

namespace atome {

Status validate(const SamplerOptions& o) {
    // Written so that NaN fails too.
    if (!(o.temperature == 0 || (o.temperature >= 0.01f && o.temperature <= 100)))
        return Status::error(Code::bad_argument, "temperature is out of range: use 0 (greedy) or 0.01..100");
    if (!(o.top_p > 0 && o.top_p <= 1))
        return Status::error(Code::bad_argument, "top_p is out of range: use a number above 0, at most 1");
    if (o.top_k > 256)
        return Status::error(Code::bad_argument, "top_k is ", o.top_k, ": use 0 (all) or 1..256");
    return {};
}

}  // namespace atome
