// Text sampled from a GPT, many streams at once: what a teacher would write, for a student to learn from.
//
// A GPT knows max_seq positions. A stream that has filled them goes on with its last max_seq / 4 bytes (at
// least one) as the new context, read again from position 0: the text is continuous, and once a stream has
// max_seq / 4 bytes, prompt included, no byte is predicted from fewer.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "atome/infer/sampler.h"
#include "atome/models/gpt/decoder.h"

namespace atome {

class GptSampler {
  public:
    // As for GptDecoder: the network is prepared and outlives this; streams: most at once.
    GptSampler(const GptNetwork& network, uint32_t streams);

    // Begins texts number first .. first + streams - 1, each with random numbers that follow from
    // options.seed and its number alone: a text is the same whatever is sampled beside it, bit for bit where
    // the kernels are exact. prompt: 1..max_seq bytes, each below V. options must be valid.
    void start(std::string_view prompt, const SamplerOptions& options, uint64_t first, uint32_t streams);

    // The next byte of every stream: (streams), this object's, until the next call.
    const uint8_t* next();

  private:
    const uint8_t* row(uint32_t position) const {
        return &context_[std::size_t{position} * decoder_.streams()];
    }

    const uint32_t max_seq_, vocab_size_;
    const Kernels& kernels_;
    GptDecoder decoder_;
    std::vector<Sampler> samplers_;  // one a stream
    std::vector<uint8_t> context_;   // (positions, streams)  tokens since position 0, read or to be read
};

}  // namespace atome
