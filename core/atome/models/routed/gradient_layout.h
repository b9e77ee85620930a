// Where each tensor of the routed model lies in a gradient buffer: rows padded to 16 floats, so that gemm
// needs no tails.
#pragma once

#include <cstddef>
#include <vector>

#include "atome/kernels/kernels.h"
#include "atome/model/config.h"

namespace atome {

// Same indices as the canonical tensor list. Wq, Wk, Wv and the router of a layer are adjacent and have the
// same stride, so the four are one matrix of 2H + D + P rows.
struct GradientLayout {
    struct Place {
        std::size_t offset;  // of the first row, in floats
        uint32_t rows;       // the convolution is transposed here: (K, D), row j for j positions ago
        uint32_t cols;
        uint32_t stride;  // floats from row to row
    };
    std::vector<Place> places;
    std::size_t size = 0;  // floats in all

    explicit GradientLayout(const Config& config);
    const Place& operator[](uint32_t tensor) const { return places[tensor]; }
};

// The stacked projections' rows: q at 0, k at H, v at 2H, router behind; without attention only the router.
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
