// Wq, Wk, Wv and the router of a block as one matrix: they multiply the same vector.
#pragma once

#include "atome/model/config.h"

namespace atome {

// First rows: q at 0, k at H, v at 2H, the router behind; without attention only the router.
struct ProjectionRows {
    uint32_t q, k, v, router, count;
    explicit ProjectionRows(const Config& c)
        : q(0),
          k(c.enabled(Pathway::sparse) ? c.d_head : 0),
          v(2 * k),
          router(c.enabled(Pathway::sparse) ? v + c.d_model : 0),
          count(router + c.active_pathways()) {}
};

}  // namespace atome
