// What the routed network's forward pass over one sequence leaves behind for the backward pass.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/kernels.h"
#include "atome/model/config.h"
#include "atome/model/projections.h"
#include "atome/train/network.h"

namespace atome {

// S is D rounded up to 16; rows of (T, S) buffers have zeros behind their D numbers.
struct LayerActivations {
    std::vector<float> x;          // (T, S)      input of the block
    std::vector<float> stats;      // (T, 2)      mean and 1 / deviation of x
    std::vector<float> h;          // (T, S)      normalised
    std::vector<float> projected;  // (T, see ProjectionRows)  q, k, v, router logits, decays
    std::vector<float> router;     // (T, P)
    std::vector<float> local;      // (T, S)      the pathways' outputs
    std::vector<float> states;    // (T + 1, S)  state after each position; row 0 is the zero before the first
    std::vector<float> state;     // (T, S)
    std::vector<float> sparse;    // (T, S)
    std::vector<uint32_t> slots;  // (T, k)      positions attended to
    std::vector<float> kept;      // (T, k)      their attention weights
    std::vector<float> x2;        // (T, S)      input of the feed-forward, as the rest below
    std::vector<float> stats2;    // (T, 2)
    std::vector<float> h2;        // (T, S)
    std::vector<float> up;        // (T, F rounded up to 16)  before the activation
    std::vector<float> hidden;    // (T, F rounded up to 16)  max(up, 0)^2
};

struct Activations : Workspace {
    uint32_t T;   // most positions that fit
    uint32_t S;   // row stride of (T, S) buffers
    uint32_t PR;  // row stride of `projected`
    std::vector<LayerActivations> layers;
    std::vector<float> x;      // (T, S)  output of the last block
    std::vector<float> stats;  // (T, 2)
    std::vector<float> h;      // (T, S)
    // Scratch of both passes.
    std::vector<float> keys_t;       // (H, T rounded up to 16)
    std::vector<float> scores;       // (T rounded up to 16)
    std::vector<const float*> rows;  // (max(K, k))
    std::vector<float*> drows;       // (K)
    std::vector<float> zero;         // (S)  the row before the first position
    std::vector<float> sink;         // (S)  where gradients of rows before the first position go
    // Gradients.
    std::vector<float> dx;          // (T, S)
    std::vector<float> dh;          // (T, S)
    std::vector<float> dout;        // (T, S)  of one pathway's output
    std::vector<float> dprojected;  // (T, PR)
    std::vector<float> dhidden;     // (T, F rounded up to 16)
    std::vector<float> ds;          // (S)
    std::vector<float> dkept;       // (k)

    Activations(const Config& c, uint32_t positions)
        : T(positions), S(padded(c.d_model)), PR(padded(ProjectionRows(c).count)), layers(c.n_layers) {
        const std::size_t n = T, F = padded(c.d_ff), k = c.top_k;
        for (LayerActivations& a : layers) {
            for (auto* v : {&a.x, &a.h, &a.local, &a.state, &a.sparse}) v->resize(n * S);
            a.states.resize((n + 1) * S);
            a.stats.resize(2 * n);
            a.projected.resize(n * PR);
            a.router.resize(n * c.active_pathways());
            a.slots.resize(n * k);
            a.kept.resize(n * k);
            if (F == 0) continue;
            for (auto* v : {&a.x2, &a.h2}) v->resize(n * S);
            for (auto* v : {&a.up, &a.hidden}) v->resize(n * F);
            a.stats2.resize(2 * n);
        }
        for (auto* v : {&x, &h, &dx, &dh, &dout}) v->resize(n * S);
        stats.resize(2 * n);
        logits.resize(n * padded(c.vocab_size));
        keys_t.resize(static_cast<std::size_t>(c.d_head) * padded(T));
        scores.resize(padded(T));
        rows.resize(c.kernel_size > c.top_k ? c.kernel_size : c.top_k);
        drows.resize(c.kernel_size);
        for (auto* v : {&zero, &sink, &ds}) v->resize(S);
        dprojected.resize(n * PR);
        dhidden.resize(n * F);
        dkept.resize(k);
    }
};

}  // namespace atome
