// The streaming engine in whole numbers: from the token to the logits no float, and so the same bits from
// every compiler, flag and kernel. Another contract than the float engine's (infer/engine.h), of the same
// model: its results are near, not equal. plan.h says what its numbers mean.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/arena.h"
#include "atome/infer/fixed/kernels.h"
#include "atome/infer/fixed/plan.h"

namespace atome {

struct FixedOptions {
    uint32_t window = 64;  // W, 1..65536: how many positions attention sees, the current one included
    const FixedKernels* kernels = nullptr;  // null: pairs_fixed_kernels()
};

// Bytes of arena that FixedEngine::init needs: exactly so many work, one less gives arena_too_small. As
// arena_bytes() of the float engine.
uint64_t arena_bytes(const ModelView& model, const FixedOptions& options,
                     uint32_t pointer_bytes = sizeof(void*));

class FixedSampler;

class FixedEngine {
  public:
    using Options = FixedOptions;
    using Chooser = FixedSampler;
    FixedEngine() = default;

    // As Engine::init. Errors also: those of fixed::Plan::of.
    Status init(const ModelView& model, const FixedOptions& options, void* memory, size_t size);
    // Forgets every token seen.
    void reset();
    // As of Engine; nothing here can overflow, so no stream ends.
    Status step(uint32_t token);
    Status advance(uint32_t token);
    Status predict();
    bool predicted() const { return predicted_; }

    // All of the last step; zeros before the first.
    int16_t* logits() { return b_.logits; }              // (V); a sampler may overwrite it
    const int16_t* logits() const { return b_.logits; }  // log2 in Q8
    // As of Engine; floats, for who asks.
    void restore_logits();
    float uncertainty() const;
    const uint16_t* router(uint32_t layer) const { return b_.router + layer * P_; }  // (P), Q15
    uint16_t entropy(uint32_t layer) const { return b_.entropy[layer]; }             // nats in Q15
    uint64_t position() const { return position_; }
    const Config& config() const { return config_; }
    const FixedKernels& kernels() const { return *kernels_; }
    uint32_t window() const { return W_; }

  private:
    struct Layer {
        CodedMatrix taps, gate, query, key, value, router, up, down;
    };
    struct Buffers {
        // What persists from token to token.
        int8_t* ring;    // (L, R, D)  normalised inputs, of convolution and attention
        int8_t* keys;    // (L, R, H)
        int32_t* state;  // (L, D)
        // Constant after init.
        Layer* layers;  // (L)
        CodedMatrix embed, unembed;
        // Results and scratch of one step.
        int16_t* logits;    // (V)
        uint16_t* router;   // (L, P)
        uint16_t* entropy;  // (L)
        int16_t* x;         // (D)  residual stream
        int8_t* h;          // (D)  normalised, where no ring holds it; what values are made of
        int16_t* gate;      // (D)  Wa h of a selective state
        int8_t* query;      // (H)
        int32_t* kept;      // (k)  the largest scores, then their shares
        uint32_t* slots;    // (k)
        int32_t* scores;    // (W)  of kernels that unpack
        uint8_t* hidden;    // (F)
    };

    template <class Engine>
    friend bool run_block(Engine& e, const Config& c, uint32_t l);
    friend uint64_t arena_bytes(const ModelView&, const FixedOptions&, uint32_t);
    static const FixedKernels& kernels_of(const FixedOptions& options);
    static CodedMatrix place(const TensorView& w, const FixedKernels& kernels, bool plain, Arena* arena);
    void unpack(const ModelView& model);
    static uint64_t lay_out(const ModelView& model, const FixedOptions& options, Arena* arena, Buffers* b);
    static uint32_t ring_slots(const Config& c, uint32_t window);

    bool normalise(uint32_t l);
    bool route(uint32_t l);
    bool local(uint32_t l, uint32_t p);
    bool state(uint32_t l, uint32_t p);
    bool sparse(uint32_t l, uint32_t p);
    bool feed_forward(uint32_t l);
    void norm(fixed::Item gain, uint32_t l, int8_t* out) const;
    template <class X, class Use>
    void multiply(const CodedMatrix& w, const X* x, fixed::Item item, uint32_t l, Use use) const;
    template <class X, class Use>
    void multiply(const CodedMatrix* const* w, const fixed::Item* items, uint32_t n, uint32_t l, const X* x,
                  Use use) const;
    void sum(const SumPart* parts, uint32_t n, const int8_t* x, int32_t* out) const;
    void sum(const SumPart* parts, uint32_t n, const uint8_t* x, int32_t* out) const;
    uint32_t slot(uint32_t ago) const;
    int8_t* ring_at(uint32_t l, uint32_t slot) const;
    int8_t* key_at(uint32_t l, uint32_t slot) const;
    int8_t* h(uint32_t l) const;

    Config config_;
    fixed::Plan plan_;
    uint32_t W_ = 0, R_ = 0, P_ = 0;
    const FixedKernels* kernels_ = nullptr;  // null: not initialised
    bool predicted_ = false;
    uint32_t now_ = 0;  // position_ modulo R_
    uint64_t position_ = 0;
    Buffers b_ = {};
};

}  // namespace atome
