// A GPT that reads several texts at once, one token of each at a time: incremental decoding with caches of
// keys and values, work per token in proportion to the positions so far.
//
// All streams stand at the same position, so that one product serves them all: a matrix is read once for B
// tokens. Attention is per stream. Logits are those of GptNetwork::forward() on the same tokens; the same
// bits where the kernels are exact.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/network.h"

namespace atome {

class GptDecoder {
  public:
    // The network must be prepared, and outlive the decoder with its weights as they are. Several decoders
    // may use it at the same time. streams: most that restart() may be given, at least 1.
    GptDecoder(const GptNetwork& network, uint32_t streams);

    // Bytes of memory that a decoder takes, but for some hundred: nearly all of it for the caches.
    static uint64_t bytes(const GptConfig& config, uint32_t streams);

    // Position 0 of B new texts, 1 <= streams <= what the constructor was given.
    void restart(uint32_t streams);
    uint32_t streams() const { return B_; }
    // Tokens read since then, 0..max_seq.
    uint32_t position() const { return position_; }

    // Reads the next token of every stream, tokens (B), each below V; position() must be below max_seq.
    void feed(const uint8_t* tokens);
    // The same, and the logits of the token after: (B, V rounded up to 16), the decoder's, until the next
    // call. The caller may overwrite them.
    float* step(const uint8_t* tokens);

  private:
    void read(const uint8_t* tokens, bool logits_wanted);
    void normalise(GptTensorKind gamma, GptTensorKind beta, uint32_t layer);
    void add_branch(const WorkMatrix& w, const float* hidden, uint32_t stride);
    void store_keys_and_values(uint32_t layer);
    void attend(uint32_t layer);
    float* keys(uint32_t layer, uint32_t stream);
    float* values(uint32_t layer, uint32_t stream);

    const GptNetwork& network_;
    const GptConfig config_;
    const KernelSet kernels_;
    const uint32_t capacity_;         // streams that fit
    const uint32_t S_, Q_, FS_, TS_;  // row strides: D, 3 D, F and max_seq rounded up to 16
    uint32_t B_;
    uint32_t position_ = 0;
    std::vector<float> keys_;     // (L, capacity, D, TS)       transposed: positions along the rows
    std::vector<float> values_;   // (L, capacity, max_seq, D)  and 16 more: heads are read up to 16 at a time
    std::vector<float> x_;        // (B, S)
    std::vector<float> h_;        // (B, S)   normalised
    std::vector<float> qkv_;      // (B, Q)
    std::vector<float> weights_;  // (TS)     of one head of one stream
    std::vector<float> mixed_;    // (B, S)   and 16 more, as values_
    std::vector<float> hidden_;   // (B, FS)
    std::vector<float> branch_;   // (B, S)   output of a residual branch
    std::vector<float> logits_;   // (B, V rounded up to 16)
};

}  // namespace atome
