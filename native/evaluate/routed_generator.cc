#include "atome/kernels/registry.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/generator.h"

namespace atome::cli {
namespace {

class RoutedGenerator : public Generator {
  public:
    RoutedGenerator(const ModelFile& model, uint32_t window, const Kernels* kernels, float limit)
        : runnable_(model, window, kernels), stats_(model.config()), limit_(limit) {}

    void start(const std::string& prompt, const SamplerOptions& options, uint64_t first, uint32_t) override {
        SamplerOptions own = options;
        // Text 0 has the seed itself. Mixed twice, or text 1 of one seed would be text 0 of the next.
        if (first > 0) own.seed = Random::mix(Random::mix(options.seed) + first);
        require(stream_.sampling(own), "sampling");
        stats_.clear();
        stream_.reset();
        read(stream_, prompt, "--prompt");
        require(stream_.begin(), "engine");
        piece_.size = at_ = 0;
    }
    const uint8_t* next() override {
        while (at_ == piece_.size) {
            if (stream_.unsure(limit_)) return nullptr;
            piece_ = next_piece(stream_, stats_, limit_);
            at_ = 0;
        }
        return &piece_.text[at_++];
    }
    float uncertainty() const override { return stream_.engine().uncertainty(); }
    const RouterStats* router() const override { return &stats_; }

  private:
    RunnableModel runnable_;
    Stream& stream_ = runnable_.stream();
    RouterStats stats_;
    float limit_;
    Piece piece_ = {};
    uint32_t at_ = 0;  // bytes of its text that next() has given
};

}  // namespace

GeneratorSource routed_generators(ModelFile file, std::optional<uint32_t> wanted, const Kernels* kernels,
                                  float limit) {
    const auto model = std::make_shared<const ModelFile>(std::move(file));
    const uint32_t window = wanted.value_or(model->window_or(256));
    return {window, (kernels ? *kernels : best_kernels()).name, 1, 0,
            [=](uint32_t) { return std::make_unique<RoutedGenerator>(*model, window, kernels, limit); }};
}

}  // namespace atome::cli
