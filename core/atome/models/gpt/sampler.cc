#include "atome/models/gpt/sampler.h"

#include <algorithm>

namespace atome {

GptSampler::GptSampler(const GptNetwork& network, uint32_t streams)
    : max_seq_(network.config().max_seq),
      vocab_size_(network.config().vocab_size),
      kernels_(*network.kernels().infer),
      decoder_(network, streams) {
    const std::vector<uint8_t>& table = network.vocabulary();
    // The network's is valid.
    if (!Vocabulary::of(table.data(), table.size(), vocab_size_, &vocabulary_).ok()) vocabulary_ = {};
}

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
    TextWriter writer(vocabulary_, vocab_size_);
    std::vector<uint8_t> tokens(TextWriter::room_for(prompt.size()));
    tokens.resize(writer.read(reinterpret_cast<const uint8_t*>(prompt.data()), prompt.size(), tokens.data()));
    if (tokens.empty()) tokens = line_start();
    if (tokens.size() > max_seq_) tokens.erase(tokens.begin(), tokens.end() - max_seq_);
    for (const uint8_t token : tokens) {
        context_.insert(context_.end(), streams, token);
        writer.fed(token);
    }
    writers_.assign(streams, writer);
    pieces_.resize(streams);
}

// What an empty text begins with.
std::vector<uint8_t> GptSampler::line_start() const {
    if (!vocabulary_) return {static_cast<uint8_t>(first_token(vocab_size_))};
    const auto token = static_cast<uint8_t>(vocabulary_.token_of('\n'));
    if (vocabulary_.is_escape(token)) return {token, '\n'};
    return {token};
}

const Piece* GptSampler::next() {
    const uint32_t streams = decoder_.streams();
    if (decoder_.position() == max_seq_) {
        const std::size_t kept = std::size_t{std::max(1u, max_seq_ / 4)} * streams;
        context_.erase(context_.begin(), context_.end() - static_cast<std::ptrdiff_t>(kept));
        decoder_.restart(streams);
    }
    const uint32_t last = static_cast<uint32_t>(context_.size() / streams) - 1;
    while (decoder_.position() < last) decoder_.feed(row(decoder_.position()));
    float* logits = decoder_.step(row(last));
    for (std::size_t i = 0; i < streams; i++) {
        TextWriter& writer = writers_[i];
        pieces_[i] = writer.choose(samplers_[i], logits + i * padded(vocab_size_));
        writer.accept(pieces_[i], pieces_[i].size);
        writer.fed(pieces_[i].token);
        context_.push_back(static_cast<uint8_t>(pieces_[i].token));
    }
    return pieces_.data();
}

}  // namespace atome
