#include "native/evaluate/evaluate_gpt.h"

#include <algorithm>
#include <thread>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/network.h"
#include "atome/train/trainer.h"
#include "native/cli/progress.h"
#include "native/io/failure.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

// Chunks between two updates of the progress bar.
constexpr std::size_t kChunksAtOnce = 64;

}  // namespace

GptEvaluation evaluate_gpt(const GptModel& model, const std::string& text, const std::string& where,
                           const GptEvalOptions& o) {
    const uint32_t wanted = o.seq.value_or(std::max(2u, model.config.max_seq));
    GptEvaluation e;
    // A file shorter than one chunk is one chunk.
    e.seq = static_cast<uint32_t>(std::min<std::size_t>(wanted, text.size()));
    ThreadPool pool(o.threads.value_or(std::max(1u, std::thread::hardware_concurrency())));
    Trainer trainer(gpt_network(round_weights(model, o.rounding)), model.config.max_seq,
                    kernel_set_of(o.kernels, true), pool);
    e.kernels = trainer.kernels().name;
    const std::size_t bytes = text.size() / e.seq * e.seq, piece = kChunksAtOnce * e.seq;
    Progress progress(bytes, "bytes");
    progress.update(0);
    for (std::size_t first = 0; first < bytes; first += piece) {
        const std::size_t n = std::min(piece, bytes - first);
        Evaluation part;
        require(trainer.evaluate(reinterpret_cast<const uint8_t*>(text.data()) + first, n, e.seq, &part),
                where);
        e.predictions += part.predictions;
        e.nats += part.nats * static_cast<double>(part.predictions);
        progress.update(first + n);
    }
    progress.finish();
    e.nats /= static_cast<double>(e.predictions);
    return e;
}

}  // namespace atome::cli
