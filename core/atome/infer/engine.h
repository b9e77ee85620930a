// The streaming engine: one byte in, the distribution of the next byte out.
//
// Work per byte is constant but for attention, which looks at the last W positions. State and convolution
// carry on for ever, so a stream has no end; with fewer than W positions behind it, a stream equals the
// full forward pass bit for bit.
//
//     atome::ModelView model;
//     status = atome::ModelView::open(blob, blob_size, &model);
//     atome::EngineOptions options{.window = 64};
//     status = engine.init(model, options, memory, atome::arena_bytes(model, options));
//     status = engine.step('A');
//     engine.logits()[c] ...
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/base/arena.h"
#include "atome/base/status.h"
#include "atome/kernels/kernels.h"
#include "atome/model/view.h"

namespace atome {

struct EngineOptions {
    uint32_t window = 64;  // W, 1..65536: how many positions attention sees, the current one included
    // false: weights are read from the file's packed bytes (least RAM; a chip). true: they are unpacked
    // into the arena once, one byte a code (fast; a computer). The results have the same bits.
    bool unpack = false;
    const Kernels* kernels = nullptr;  // null: scalar
};

// Bytes of arena that Engine::init needs: exactly so many work, one less gives arena_too_small. 64 bits, also
// where a size_t has 32: a large window may ask for more than that machine can have.
// Options must be in range.
uint64_t arena_bytes(const ModelView& model, const EngineOptions& options);

class Engine {
  public:
    Engine() = default;

    // Lays the engine out in `memory` and resets it. The memory must be aligned to 16 bytes and, like the
    // model's bytes, must outlive the engine. Errors: bad_argument (window), bad_alignment,
    // arena_too_small (says how many bytes are needed).
    Status init(const ModelView& model, const EngineOptions& options, void* memory, std::size_t size);

    // Forgets every byte seen; the weights stay.
    void reset();

    // Feeds one token. Errors: bad_argument when token >= V or when init has not succeeded; not_finite when a
    // number passes the largest float, which large weights can do although each of them is finite. Packed and
    // unpacked weights would differ from there on (0 * infinity), so the stream ends: at the same position in
    // every form and with every kernel set. The results then mean nothing, and every further step fails in
    // the same way until reset().
    Status step(uint32_t token);

    // All of the last step; zeros before the first. After every step that succeeded they are finite.
    float* logits() { return b_.logits; }  // (V); a sampler may overwrite it
    const float* logits() const { return b_.logits; }
    const float* router(uint32_t layer) const { return b_.router + layer * P_; }  // (P), sums to 1
    float entropy(uint32_t layer) const { return b_.entropy[layer]; }             // nats, in [0, ln P]
    // Tokens fed since the last reset.
    uint64_t position() const { return position_; }
    const Config& config() const { return config_; }
    const Kernels& kernels() const { return *kernels_; }
    uint32_t window() const { return W_; }

  private:
    // A matrix in panels of 16 rows; codes or floats.
    struct Panels {
        int8_t* codes;   // (rows / 16, cols, 16), or null
        float* weights;  // (rows / 16, cols, 16), or null
        float* scales;   // (rows)
        uint32_t rows;   // padded to 16
        uint32_t cols;
    };
    struct UnpackedLayer {
        Panels projections;  // Wq, Wk, Wv and the router, one below the other
        float* taps;         // (K, D)
        Panels up, down;
    };
    struct Buffers {
        // What persists from byte to byte.
        float* history;  // (L, K-1, D)  normalised inputs of the convolution, a ring
        float* state;    // (L, D)
        float* keys;     // (L, H, W')   W' = W rounded up to 16; a ring of columns
        float* values;   // (L, W, D)    a ring of rows
        // What is constant after init.
        float* decay;           // (L, D)       tanh(a_raw)
        UnpackedLayer* layers;  // (L), null unless unpacked
        Panels unembed;
        // Results and scratch of one step.
        float* logits;       // (V rounded up to 16)
        float* router;       // (L, P)
        float* entropy;      // (L)
        float* x;            // (D)          residual stream
        float* h;            // (D)          normalised
        float* mixed;        // (D rounded up to 16)   one pathway's output
        float* projected;    // (2H + D + P rounded up to 16)   q, k, v, router logits
        float* scores;       // (W')
        float* hidden;       // (F rounded up to 16)
        float* kept;         // (k)          kept scores, then their softmax
        uint32_t* slots;     // (k)
        const float** rows;  // (max(K, k))
    };

    static uint64_t required(const ModelView& model, const EngineOptions& options);
    static void lay_out(const ModelView& model, const EngineOptions& options, Arena* arena, Buffers* b);
    void unpack();
    bool gains_are_moderate() const;
    // These give false where a product would be given infinity or NaN.
    bool forward(uint32_t token);
    bool normalise(TensorKind gamma, TensorKind beta, uint32_t layer);  // x to h
    bool block(uint32_t layer);
    void attention(uint32_t layer, const float* q, const float* k, const float* v, float* out);
    bool feed_forward(uint32_t layer);
    void multiply(const Panels& w, const float* x, float* y) const;

    ModelView model_;
    Config config_;
    const Kernels* kernels_ = nullptr;
    uint32_t W_ = 0, P_ = 0;
    bool moderate_gains_ = false;
    bool overflowed_ = false;  // at position_; the state holds what must not be used
    uint64_t position_ = 0;
    Buffers b_ = {};

    friend uint64_t arena_bytes(const ModelView& model, const EngineOptions& options);
};

}  // namespace atome
