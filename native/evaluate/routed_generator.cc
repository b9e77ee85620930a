#include "atome/kernels/registry.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/generator.h"
#include "native/model/fixed_plan.h"

namespace atome::cli {
namespace {

class RoutedGenerator : public Generator {
  public:
    RoutedGenerator(std::shared_ptr<Stream> stream, float limit)
        : owner_(std::move(stream)), stats_(owner_->config()), limit_(limit) {}

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
    float uncertainty() const override { return stream_.uncertainty(); }
    const RouterStats* router() const override { return &stats_; }

  private:
    std::shared_ptr<Stream> owner_;
    Stream& stream_ = *owner_;
    RouterStats stats_;
    float limit_;
    Piece piece_ = {};
    uint32_t at_ = 0;  // bytes of its text that next() has given
};

}  // namespace

GeneratorSource routed_generators(ModelFile file, const ModelOptions& options, std::optional<uint32_t> wanted,
                                  bool fixed, float limit) {
    if (fixed) file = with_fixed_plan(file, options.path);
    const auto model = std::make_shared<const ModelFile>(std::move(file));
    const auto open = [=] { return open_stream(*model, options, wanted, fixed); };
    const char* kernels =
        fixed ? fixed_kernels_of(options).name : (options.kernels ? *options.kernels : best_kernels()).name;
    return {wanted.value_or(model->window_or(256)), kernels, 1, 0,
            [=](uint32_t) { return std::make_unique<RoutedGenerator>(open(), limit); }};
}

}  // namespace atome::cli
