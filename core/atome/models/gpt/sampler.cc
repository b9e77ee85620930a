#include "atome/models/gpt/sampler.h"

#include <algorithm>

namespace atome {

GptSampler::GptSampler(const GptNetwork& network, uint32_t streams)
    : max_seq_(network.config().max_seq),
      vocab_size_(network.config().vocab_size),
      kernels_(*network.kernels().infer),
      decoder_(network, streams) {}

void GptSampler::start(std::string_view prompt, const SamplerOptions& options, uint64_t first,
                       uint32_t streams) {
    decoder_.restart(streams);
    samplers_.clear();
    context_.clear();
    for (uint32_t i = 0; i < streams; i++) {
        SamplerOptions own = options;
        // Mixed twice, or text 1 of one seed would be text 0 of the next seed.
        own.seed = Random::mix(Random::mix(options.seed) + first + i);
        samplers_.emplace_back(own, kernels_);
    }
    for (const char c : prompt) context_.insert(context_.end(), streams, static_cast<uint8_t>(c));
}

const uint8_t* GptSampler::next() {
    const uint32_t streams = decoder_.streams();
    if (decoder_.position() == max_seq_) {
        const std::size_t kept = std::size_t{std::max(1u, max_seq_ / 4)} * streams;
        context_.erase(context_.begin(), context_.end() - static_cast<std::ptrdiff_t>(kept));
        decoder_.restart(streams);
    }
    const uint32_t last = static_cast<uint32_t>(context_.size() / streams) - 1;
    while (decoder_.position() < last) decoder_.feed(row(decoder_.position()));
    float* logits = decoder_.step(row(last));
    for (std::size_t i = 0; i < streams; i++)
        context_.push_back(
            static_cast<uint8_t>(samplers_[i].sample(logits + i * padded(vocab_size_), vocab_size_)));
    return row(last + 1);
}

}  // namespace atome
