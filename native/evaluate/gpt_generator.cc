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
        : max_seq_(network.config().max_seq), sampler_(network, texts) {}
    void start(const std::vector<uint8_t>& prompt, const SamplerOptions& options, uint64_t first,
               uint32_t count) override {
        std::string text = text_of(prompt);
        if (text.size() > max_seq_) text.erase(0, text.size() - max_seq_);
        sampler_.start(text, options, first, count);
    }
    const uint8_t* next() override { return sampler_.next(); }

  private:
    const uint32_t max_seq_;
    GptSampler sampler_;
};

}  // namespace

GeneratorSource gpt_generators(GptFile file, const Kernels* kernels) {
    // The network reads the weights of the file.
    struct Model {
        GptModel weights;
        GptNetwork network;
    };
    const GptConfig config = file.model.config;
    const auto model = std::make_shared<Model>(Model{std::move(file.model), GptNetwork(config)});
    ThreadPool pool(1);
    // Without FMA: every set of kernels gives the same text.
    model->network.prepare(model->weights.tensors, kernel_set_of(kernels, true), pool);
    return {config.vocab_size,
            config.max_seq,
            model->network.kernels().name,
            kTextsAtOnce,
            GptDecoder::bytes(config, kTextsAtOnce),
            [=](uint32_t texts) { return std::make_unique<GptGenerator>(model->network, texts); }};
}

}  // namespace atome::cli
