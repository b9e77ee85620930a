#include "atome/kernels/registry.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/generator.h"

namespace atome::cli {
namespace {

class RoutedGenerator : public Generator {
  public:
    RoutedGenerator(const ModelFile& model, uint32_t window, const Kernels* kernels)
        : runnable_(model, window, kernels), stats_(model.config()) {}

    void start(const std::vector<uint8_t>& prompt, const SamplerOptions& options, uint64_t first,
               uint32_t) override {
        SamplerOptions own = options;
        // Text 0 has the seed itself. Mixed twice, or text 1 of one seed would be text 0 of the next.
        if (first > 0) own.seed = Random::mix(Random::mix(options.seed) + first);
        require(stream_.sampling(own), "sampling");
        stats_.clear();
        stream_.reset();
        feed(stream_, prompt);
    }
    const uint8_t* next() override {
        token_ = static_cast<uint8_t>(next_token(stream_, stats_));
        return &token_;
    }
    const RouterStats* router() const override { return &stats_; }

  private:
    RunnableModel runnable_;
    Stream& stream_ = runnable_.stream();
    RouterStats stats_;
    uint8_t token_ = 0;
};

}  // namespace

GeneratorSource routed_generators(ModelFile file, std::optional<uint32_t> wanted, const Kernels* kernels) {
    const auto model = std::make_shared<const ModelFile>(std::move(file));
    const uint32_t window = wanted.value_or(model->window_or(256));
    return {
        model->config().vocab_size, window, (kernels ? *kernels : best_kernels()).name, 1, 0, [=](uint32_t) {
            return std::make_unique<RoutedGenerator>(*model, window, kernels);
        }};
}

}  // namespace atome::cli
