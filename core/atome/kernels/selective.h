// One step of a selective state for one channel or a vector of channels, forward and backward side by side:
// the order of its operations, for every kernel set. F is float or a vector of floats.
//
//     a = sigmoid(2 z) = (1 + tanh z) / 2,  z = gate + a_raw      gate: the channel's row of Wa h
//     s = a * s + (1 - a) * (b * h)
#pragma once

#include "atome/base/math.h"

namespace atome {

// From tanh z.
template <class F>
ATOME_INLINE F selective_decay(F tanh_z) {
    return (tanh_z + 1.0f) * 0.5f;
}

template <class F>
ATOME_INLINE F selective_step(F a, F b, F h, F s) {
    return a * s + (1.0f - a) * (b * h);
}

// dL/dz; ds: dL/ds of the state after the step, s: the state before it. da/dz = 2 a (1 - a).
template <class F>
ATOME_INLINE F selective_gate_gradient(F a, F b, F h, F s, F ds) {
    const F slope = a * (1.0f - a);
    return ds * (s - b * h) * (slope + slope);
}

}  // namespace atome
