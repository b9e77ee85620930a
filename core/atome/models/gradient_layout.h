// Where each tensor of a model lies in a gradient buffer: rows padded to 16 floats, so that gemm needs no
// tails.
#pragma once

#include <cstddef>
#include <vector>

#include "atome/kernels/kernels.h"
#include "atome/model/tensors.h"

namespace atome {

// Same indices as the canonical tensor list. Matrices that follow each other in it and have the same columns
// are one matrix here: those of ProjectionRows.
struct GradientLayout {
    struct Place {
        std::size_t offset;  // of the first row, in floats
        uint32_t rows;       // filters are transposed here: (K, D), row j for j positions ago
        uint32_t cols;
        uint32_t stride;  // floats from row to row
        bool transposed;
    };
    std::vector<Place> places;
    std::size_t size = 0;  // floats in all

    template <class Config>
    explicit GradientLayout(const Config& config) {
        for (uint32_t i = 0; i < tensor_count(config); i++) {
            const auto spec = tensor_spec(config, i);
            if (spec.row->role == TensorRole::gain) {  // the gradient follows from that of the matrix
                places.push_back({size, 0, 0, 0, false});
                continue;
            }
            const bool filter = spec.row->role == TensorRole::filter;
            const uint32_t rows = filter ? spec.cols : spec.rows, cols = filter ? spec.rows : spec.cols;
            places.push_back({size, rows, cols, padded(cols), filter});
            size += static_cast<std::size_t>(rows) * padded(cols);
        }
    }

    // Writes the gradient of a tensor as its weights are, from such a buffer.
    void copy(const float* buffer, uint32_t tensor, float* out) const {
        const Place& p = places[tensor];
        const float* from = buffer + p.offset;
        if (p.transposed) {
            for (std::size_t d = 0; d < p.cols; d++)
                for (std::size_t j = p.rows; j-- > 0;) *out++ = from[j * p.stride + d];
        } else {
            for (std::size_t r = 0; r < p.rows; r++)
                for (std::size_t c = 0; c < p.cols; c++) *out++ = from[r * p.stride + c];
        }
    }
};

}  // namespace atome
