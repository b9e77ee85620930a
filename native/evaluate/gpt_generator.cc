#include <algorithm>
#include <deque>
#include <vector>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/sampler.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/generator.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

// Texts that one thread writes at a time. They share every matrix as it is read, but each adds its caches to
// what must stay near: of vanilla_1m_v1 (0.9 MB of caches a text), groups of 8 made 30 KB a second of one
// core, of 32 and 64 19 KB. It changes no byte of the text.
constexpr uint32_t kTextsAtOnce = 8;

class GptGenerator : public Generator {
  public:
    GptGenerator(const GptNetwork& network, uint32_t texts)
        : bytes_known_(network.vocabulary().empty() ? network.config().vocab_size : 0),
          sampler_(network, texts) {}
    void start(const std::string& prompt, const SamplerOptions& options, uint64_t first,
               uint32_t count) override {
        if (bytes_known_ > 0)
            require(check_vocabulary(reinterpret_cast<const uint8_t*>(prompt.data()), prompt.size(),
                                     bytes_known_),
                    "--prompt");
        sampler_.start(prompt, options, first, count);
        waiting_.assign(count, {});
        bytes_.resize(count);
    }
    const uint8_t* next() override {
        const auto empty = [](const std::deque<uint8_t>& text) { return text.empty(); };
        while (std::any_of(waiting_.begin(), waiting_.end(), empty)) {
            const Piece* pieces = sampler_.next();
            for (std::size_t i = 0; i < waiting_.size(); i++)
                waiting_[i].insert(waiting_[i].end(), pieces[i].text, pieces[i].text + pieces[i].size);
        }
        for (std::size_t i = 0; i < waiting_.size(); i++) {
            bytes_[i] = waiting_[i].front();
            waiting_[i].pop_front();
        }
        return bytes_.data();
    }

  private:
    const uint32_t bytes_known_;  // of a model of bytes; 0: tokens are pairs, which write any
    GptSampler sampler_;
    std::vector<std::deque<uint8_t>> waiting_;  // text that next() has not given: tokens differ in length
    std::vector<uint8_t> bytes_;
};

}  // namespace

GeneratorSource gpt_generators(GptFile file, const Kernels* kernels) {
    // The network reads the weights of the file.
    struct Model {
        GptModel weights;
        GptNetwork network;
    };
    const GptConfig config = file.model.config;
    const auto model = std::make_shared<Model>(Model{file.model, GptNetwork(config, file.model.vocabulary)});
    ThreadPool pool(1);
    // Without FMA: every set of kernels gives the same text.
    model->network.prepare(model->weights.tensors, kernel_set_of(kernels, true), pool);
    return {config.max_seq, model->network.kernels().name, kTextsAtOnce,
            GptDecoder::bytes(config, kTextsAtOnce),
            [=](uint32_t texts) { return std::make_unique<GptGenerator>(model->network, texts); }};
}

}  // namespace atome::cli
