#include "native/evaluate/sample_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/sampler.h"
#include "native/cli/progress.h"
#include "native/cli/terminal.h"
#include "native/io/failure.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

// Streams that one thread takes at a time. They share every matrix as it is read, but each adds its caches to
// what must stay near: of vanilla_1m_v1 (0.9 MB of caches a stream), groups of 8 made 30 KB a second of one
// core, of 32 and 64 19 KB. It changes no byte of the text.
constexpr uint32_t kGroup = 8;
// More is a slip of the finger rather than a wish.
constexpr uint64_t kMaxMemory = uint64_t{8} << 30;

// The texts of all streams, one after the other. The first bytes % streams of them have one byte more.
class Text {
  public:
    Text(uint64_t bytes, uint32_t streams) : bytes_(bytes, '\0'), streams_(streams) {}
    uint64_t length(uint64_t stream) const {
        return bytes_.size() / streams_ + (stream < bytes_.size() % streams_);
    }
    char* begin(uint64_t stream) {
        return &bytes_[stream * (bytes_.size() / streams_) + std::min(stream, bytes_.size() % streams_)];
    }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
    uint64_t streams_;
};

}  // namespace

SampledText sample_text(const GptModel& model, const std::string& prompt, const std::string& where,
                        const SampleTextOptions& o) {
    // A stream without a byte needs no sampling.
    const auto streams = static_cast<uint32_t>(std::min<uint64_t>(o.streams, o.bytes));
    const uint32_t groups = (streams + kGroup - 1) / kGroup, most = std::min(streams, kGroup);
    const uint32_t hardware = std::max(1u, std::thread::hardware_concurrency());
    const uint32_t threads = std::min(o.threads.value_or(hardware), groups);
    const uint64_t memory = threads * GptDecoder::bytes(model.config, most);
    if (memory > kMaxMemory)
        throw Failure(
            fmt::format("{}: {} threads with {} streams each need {} bytes of memory: use fewer "
                        "--threads or --streams (the limit is {} bytes)",
                        where, threads, most, grouped(memory), grouped(kMaxMemory)));

    ThreadPool pool(threads);
    GptNetwork network(model.config);
    // Without FMA: every set of kernels gives the same text.
    network.prepare(model.tensors, kernel_set_of(o.kernels, true), pool);
    std::vector<std::unique_ptr<GptSampler>> samplers;
    for (uint32_t t = 0; t < threads; t++) samplers.push_back(std::make_unique<GptSampler>(network, most));

    Text text(o.bytes, streams);
    Progress progress(o.bytes, "bytes");
    progress.update(0);
    std::atomic<uint64_t> done{0};
    const auto start = std::chrono::steady_clock::now();
    // Nothing throws in here.
    pool.run(groups, [&](uint32_t group, uint32_t worker) {
        GptSampler& sampler = *samplers[worker];
        const uint32_t first = group * kGroup, count = std::min(kGroup, streams - first);
        sampler.start(prompt, o.sampling, first, count);
        for (uint64_t i = 0; i < text.length(first); i++) {
            const uint8_t* tokens = sampler.next();
            for (uint32_t s = 0; s < count; s++)
                if (i < text.length(first + s)) text.begin(first + s)[i] = static_cast<char>(tokens[s]);
            const uint64_t now = done.fetch_add(count) + count;
            if (worker == 0) progress.update(std::min(now, o.bytes));
        }
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    progress.update(o.bytes);
    progress.finish();
    return {text.bytes(), seconds, threads, network.kernels().name};
}

}  // namespace atome::cli
