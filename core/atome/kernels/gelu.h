// GELU and its derivative for one float or a vector of floats; F and I as for exp_lanes (math.h).
#pragma once

#include "atome/base/math.h"

namespace atome {

template <class F, class I>
ATOME_INLINE F normal_cdf_lanes(F u) {
    return erf_lanes<F, I>(u * 0.70710678118654752f) * 0.5f + 0.5f;
}

template <class F, class I>
ATOME_INLINE F gelu_lanes(F u) {
    return u * normal_cdf_lanes<F, I>(u);
}

template <class F, class I>
ATOME_INLINE F gelu_slope_lanes(F u) {
    return normal_cdf_lanes<F, I>(u) + u * (exp_lanes<F, I>(u * u * -0.5f) * 0.39894228040143268f);
}

}  // namespace atome
