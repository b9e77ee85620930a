// Wq, Wk, Wv, the router and Wa of a block as one matrix: they multiply the same vector.
#pragma once

#include "atome/model/config.h"

namespace atome {

// First rows: q at 0, k at H, v at 2H, the router behind and, of a selective state, what its decay is made
// of; without attention the router comes first.
struct ProjectionRows {
    uint32_t q, k, v, router, decay, count;
    explicit ProjectionRows(const Config& c)
        : q(0),
          k(c.enabled(Pathway::sparse) ? c.d_head : 0),
          v(2 * k),
          router(c.enabled(Pathway::sparse) ? v + c.d_model : 0),
          decay(router + c.active_pathways()),
          count(decay + (c.selective() ? c.d_model : 0)) {}
};

}  // namespace atome
