// The streaming engine: one byte in, the distribution of the next byte out.
//
// Work per byte is constant but for attention, which looks at the last W positions. State and convolution
// carry on for ever, so a stream has no end; with fewer than W positions behind it, a stream equals the
// full forward pass bit for bit.
//
//     atome::ModelView model;
//     status = atome::ModelView::open(blob, blob_size, &model);
//     atome::EngineOptions options;
//     options.window = 64;
//     status = engine.init(model, options, memory, atome::arena_bytes(model, options));
//     status = engine.step('A');
//     engine.logits()[c] ...
#pragma once

#include <stddef.h>
#include <stdint.h>

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
// where a size_t has 32: a large window may ask for more than that machine can have. pointer_bytes: of the
// machine that is to run the engine, 4 for a microcontroller.
// Options must be in range.
uint64_t arena_bytes(const ModelView& model, const EngineOptions& options,
                     uint32_t pointer_bytes = sizeof(void*));

// What the bytes of an arena are for.
struct ArenaParts {
    uint64_t local;   // history of the convolution
    uint64_t state;   // state and fixed decay
    uint64_t sparse;  // keys and values
    uint64_t logits;
    uint64_t work;  // the rest: scratch of one step, what blocks multiply by
    uint64_t total() const { return local + state + sparse + logits + work; }
};
ArenaParts arena_parts(const ModelView& model, const EngineOptions& options,
                       uint32_t pointer_bytes = sizeof(void*));

class Sampler;

class Engine {
  public:
    using Options = EngineOptions;
    using Chooser = Sampler;
    Engine() = default;

    // Lays the engine out in `memory` and resets it. The memory must be aligned to 16 bytes and, like the
    // model's bytes, must outlive the engine. Errors: bad_argument (window), bad_alignment,
    // arena_too_small (says how many bytes are needed).
    Status init(const ModelView& model, const EngineOptions& options, void* memory, size_t size);

    // Forgets every byte seen; the weights stay.
    void reset();

    // Feeds one token. Errors: bad_argument when token >= V or when init has not succeeded; not_finite when a
    // number passes the largest float, which large weights can do although each of them is finite. Packed and
    // unpacked weights would differ from there on (0 * infinity), so the stream ends: at the same position in
    // every form and with every kernel set. The results then mean nothing, and every further step fails in
    // the same way until reset().
    Status step(uint32_t token);

    // step() in its two parts, for callers who may do without the prediction: advance() leaves all but the
    // logits, predict() then gives them. Between two advances there may be none. Errors: each those of
    // step(), and of predict() bad_argument before the first token.
    Status advance(uint32_t token);
    Status predict();
    bool predicted() const { return predicted_; }  // whether the logits are those of the last token

    // All of the last step; zeros before the first. After every step that succeeded they are finite.
    float* logits() { return b_.logits; }  // (V); a sampler may overwrite it
    const float* logits() const { return b_.logits; }
    // Gives the logits of the last step again, by its last product. There must have been one.
    void restore_logits() { multiply(b_.unembed, b_.h, b_.logits); }
    const float* router(uint32_t layer) const { return b_.router + layer * P_; }  // (P), sums to 1
    float entropy(uint32_t layer) const { return b_.entropy[layer]; }             // nats, in [0, ln P]
    // The last router's entropy as a share of ln P, 0..1; with one pathway 0. What it says of the prediction
    // is what it was trained to say (train/options.h, router_calibration); it is there before the prediction.
    float uncertainty() const;
    // Tokens fed since the last reset.
    uint64_t position() const { return position_; }
    const Config& config() const { return config_; }
    const Kernels& kernels() const { return *kernels_; }
    uint32_t window() const { return W_; }

  private:
    // What a block multiplies by, found once: in the file, or unpacked from it. Vectors are of vectors_.
    struct Layer {
        const uint8_t *norm_gamma, *norm_beta, *state_b, *state_c_out, *norm2_gamma, *norm2_beta;
        // Wq, Wk, Wv, router; unpacked the first is all of them, one below the other. rows == 0: none.
        TensorView projections[4];
        TensorView taps, up, down;
    };
    // What the decay of a selective state is made of. Its matrix is among the unpacked projections, if so.
    struct Gate {
        const uint8_t* a_raw;  // of vectors_
        TensorView wa;
    };
    struct Buffers {
        // What persists from byte to byte.
        float* history;  // (L, K-1, D)  normalised inputs of the convolution, a ring
        float* state;    // (L, D)
        float* keys;     // (L, H, W')   W' = W rounded up to 16; a ring of columns
        float* values;   // (L, W, D)    a ring of rows
        // What is constant after init.
        union {
            float* decay;  // (L, D)  tanh(a_raw), of a fixed state
            Gate* gates;   // (L)     of a selective one
        };
        Layer* layers;                            // (L)
        const uint8_t *final_gamma, *final_beta;  // of vectors_
        TensorView unembed;
        // Results and scratch of one step.
        float* logits;       // (V rounded up to 16)
        float* router;       // (L, P)
        float* entropy;      // (L)
        float* x;            // (D)          residual stream
        float* h;            // (D)          normalised
        float* mixed;        // (D rounded up to 16)   one pathway's output
        float* projected;    // (see ProjectionRows, rounded up to 16)   q, k, v, router logits, decays
        float* scores;       // (W')
        float* hidden;       // (F rounded up to 16)
        float* kept;         // (k)          kept scores, then their softmax
        uint32_t* slots;     // (k)
        const float** rows;  // (max(K, k))
    };

    static ArenaParts lay_out(const ModelView& model, const EngineOptions& options, Arena* arena, Buffers* b);
    static void find(const ModelView& model, uint32_t layer, Layer* out);  // its matrices
    static void unpack(const ModelView& model, const Buffers& b);
    bool gains_are_moderate() const;
    Status ended() const;
    // These give false where a product would be given infinity or NaN.
    bool blocks(uint32_t token);
    bool logits_of_x();
    bool norm(const uint8_t* gamma, const uint8_t* beta);  // x to h
    void mix(uint32_t layer, uint32_t p);
    // See block.h; each leaves in `mixed` what it adds to x, before its share.
    bool normalise(uint32_t layer);
    bool route(uint32_t layer);
    bool local(uint32_t layer, uint32_t p);
    bool state(uint32_t layer, uint32_t p);
    bool sparse(uint32_t layer, uint32_t p);
    bool feed_forward(uint32_t layer);
    void multiply(const TensorView& w, const float* x, float* y) const;
    void convolve(const TensorView& taps, const float* const* rows, float* out) const;

    Config config_;
    TensorView embed_;
    const Kernels* kernels_ = nullptr;
    Encoding vectors_ = Encoding::f32;
    uint32_t W_ = 0, P_ = 0;
    bool moderate_gains_ = false;
    bool overflowed_ = false;  // at position_; the state holds what must not be used
    bool predicted_ = false;
    uint64_t position_ = 0;
    Buffers b_ = {};

    template <class E>
    friend bool run_block(E& e, const Config& c, uint32_t l);
    friend class RangesOfEngine;  // measure/ranges.cc
    friend ArenaParts arena_parts(const ModelView& model, const EngineOptions& options,
                                  uint32_t pointer_bytes);
};

}  // namespace atome
