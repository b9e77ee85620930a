#include "atome/models/gpt/attention.h"

#include "atome/kernels/registry.h"

#include <algorithm>

namespace atome {

namespace {

// Row block: first row, and one past the last.
struct Block {
    uint32_t first, end;
    uint32_t rows() const { return end - first; }
};

template <class Body>
void for_each_block(uint32_t T, Body body) {
    for (uint32_t first = 0; first < T; first += kAttentionRows)
        body(Block{first, std::min(first + kAttentionRows, T)});
}

// from (T, stride), the first `width` columns, to (width, a.TS).
void transpose(const float* from, std::size_t stride, uint32_t T, uint32_t width, GptActivations& a) {
    for (uint32_t i = 0; i < width; i++) {
        float* to = &a.transposed[static_cast<std::size_t>(i) * a.TS];
        for (std::size_t t = 0; t < T; t++) to[t] = from[t * stride + i];
    }
}

// One head's result of a block, in a.head, to its columns of a wider matrix.
void copy_rows(const GptActivations& a, uint32_t rows, uint32_t width, float* to, std::size_t stride) {
    for (std::size_t r = 0; r < rows; r++) std::copy_n(&a.head[r * padded(width)], width, to + r * stride);
}

// What is the same in every product that a head's columns come out of: C is a.head, N the head's width.
Gemm head_product(const GptConfig& c, Block block, GptActivations& a) {
    return {.M = block.rows(),
            .N = c.d_head(),
            .K = 0,
            .A = nullptr,
            .a_row = 0,
            .a_col = 0,
            .B = nullptr,
            .b_row = 0,
            .C = a.head.data(),
            .c_row = padded(c.d_head()),
            .accumulate = false,
            .column_scale = nullptr};
}

// a.head = weights of the block's rows (., TS) times rows (T, stride) of one head.
void weigh(const GptConfig& c, const KernelSet& k, Block block, const float* weights, const float* rows,
           std::size_t stride, GptActivations& a) {
    Gemm g = head_product(c, block, a);
    g.K = block.end;
    g.A = weights + static_cast<std::size_t>(block.first) * a.TS;
    g.a_row = a.TS;
    g.a_col = 1;
    g.B = rows;
    g.b_row = stride;
    k.train->gemm(g);
}

// a.head = the block's columns of weights (T, TS), transposed, times rows (T, stride) of one head; only
// positions from the block on have weights there.
void weigh_transposed(const GptConfig& c, const KernelSet& k, uint32_t T, Block block, const float* weights,
                      const float* rows, std::size_t stride, GptActivations& a) {
    Gemm g = head_product(c, block, a);
    g.K = T - block.first;
    g.A = weights + static_cast<std::size_t>(block.first) * a.TS + block.first;
    g.a_row = 1;
    g.a_col = a.TS;
    g.B = rows + block.first * stride;
    g.b_row = stride;
    k.train->gemm(g);
}

// out (., TS) of the block's rows = rows (T, stride) times a.transposed, the columns up to the block's end.
void multiply_transposed(const GptConfig& c, const KernelSet& k, Block block, const float* rows,
                         std::size_t stride, const float* column_scale, GptActivations& a, float* out) {
    k.train->gemm({.M = block.rows(),
                   .N = block.end,
                   .K = c.d_head(),
                   .A = rows + block.first * stride,
                   .a_row = stride,
                   .a_col = 1,
                   .B = a.transposed.data(),
                   .b_row = a.TS,
                   .C = out + static_cast<std::size_t>(block.first) * a.TS,
                   .c_row = a.TS,
                   .accumulate = false,
                   .column_scale = column_scale});
}

}  // namespace

void attention_forward(const GptConfig& c, const KernelSet& k, uint32_t T, uint32_t layer,
                       GptActivations& a) {
    GptLayerActivations& l = a.layers[layer];
    const uint32_t D = c.d_model, H = c.d_head();
    for (uint32_t head = 0; head < c.n_heads; head++) {
        const float* q = &l.qkv[head * H];
        float* weights = &l.attention[static_cast<std::size_t>(head) * a.T * a.TS];
        transpose(q + D, a.Q, T, H, a);
        for_each_block(T, [&](Block block) {
            multiply_transposed(c, k, block, q, a.Q, a.scale.data(), a, weights);
            for (uint32_t t = block.first; t < block.end; t++) {
                float* row = weights + static_cast<std::size_t>(t) * a.TS;
                k.infer->softmax(row, t + 1);
                std::fill(row + t + 1, row + block.end, 0.0f);
            }
            weigh(c, k, block, weights, q + 2 * D, a.Q, a);
            copy_rows(a, block.rows(), H, &l.mixed[static_cast<std::size_t>(block.first) * a.S + head * H],
                      a.S);
        });
    }
}

void attention_backward(const GptConfig& c, const KernelSet& k, uint32_t T, uint32_t layer,
                        GptActivations& a) {
    GptLayerActivations& l = a.layers[layer];
    const uint32_t D = c.d_model, H = c.d_head();
    for (uint32_t head = 0; head < c.n_heads; head++) {
        const float* q = &l.qkv[head * H];
        const float* dmixed = &a.dmixed[head * H];
        float* dq = &a.dqkv[head * H];
        const float* weights = &l.attention[static_cast<std::size_t>(head) * a.T * a.TS];
        float* dscores = a.dattention.data();
        transpose(q + 2 * D, a.Q, T, H, a);
        for_each_block(T, [&](Block block) {
            multiply_transposed(c, k, block, dmixed, a.S, nullptr, a, dscores);
            for (uint32_t t = block.first; t < block.end; t++) {
                float* row = dscores + static_cast<std::size_t>(t) * a.TS;
                k.train->softmax_backward(weights + static_cast<std::size_t>(t) * a.TS, t + 1, a.scale[0],
                                          row);
                std::fill(row + t + 1, row + block.end, 0.0f);
            }
            weigh(c, k, block, dscores, q + D, a.Q, a);
            copy_rows(a, block.rows(), H, dq + static_cast<std::size_t>(block.first) * a.Q, a.Q);
        });
        for_each_block(T, [&](Block block) {
            float* dk = dq + D + static_cast<std::size_t>(block.first) * a.Q;
            weigh_transposed(c, k, T, block, dscores, q, a.Q, a);
            copy_rows(a, block.rows(), H, dk, a.Q);
            weigh_transposed(c, k, T, block, weights, dmixed, a.S, a);
            copy_rows(a, block.rows(), H, dk + D, a.Q);
        });
    }
}

}  // namespace atome
