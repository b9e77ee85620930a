// Text sampled from a GPT, many streams at once: what a teacher would write, for a student to learn from.
//
// A GPT knows max_seq positions. A stream that has filled them goes on with its last max_seq / 4 tokens (at
// least one) as the new context, read again from position 0: the text is continuous, and once a stream has
// max_seq / 4 tokens, prompt included, none is predicted from fewer.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "atome/infer/sampler.h"
#include "atome/infer/text_writer.h"
#include "atome/models/gpt/decoder.h"

namespace atome {

class GptSampler {
  public:
    // As for GptDecoder: the network is prepared and outlives this; streams: most at once.
    GptSampler(const GptNetwork& network, uint32_t streams);

    // Begins texts number first .. first + streams - 1, each with random numbers that follow from
    // options.seed and its number alone: a text is the same whatever is sampled beside it, bit for bit where
    // the kernels are exact. prompt: a text, of a model of bytes each below V; its last max_seq tokens count,
    // and an empty one is a new line (first_token()). options must be valid.
    void start(std::string_view prompt, const SamplerOptions& options, uint64_t first, uint32_t streams);

    // The next token of every stream and its text: (streams), this object's, until the next call.
    const Piece* next();

  private:
    std::vector<uint8_t> line_start() const;
    const uint8_t* row(uint32_t position) const {
        return &context_[std::size_t{position} * decoder_.streams()];
    }

    const uint32_t max_seq_, vocab_size_;
    const Kernels& kernels_;
    Vocabulary vocabulary_;
    GptDecoder decoder_;
    std::vector<Sampler> samplers_;    // one a stream
    std::vector<TextWriter> writers_;  // as samplers_
    std::vector<Piece> pieces_;
    std::vector<uint8_t> context_;  // (positions, streams)  tokens since position 0, read or to be read
};

}  // namespace atome
