#include "native/evaluate/evaluate_routed.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>

#include "native/cli/progress.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

// -ln softmax(logits)[target]. In binary64 with the host's exp and log: a figure to report, no part of the
// model, so it need not have the same bits everywhere.
double cross_entropy(const float* logits, uint32_t V, uint32_t target) {
    const double most = static_cast<double>(*std::max_element(logits, logits + V));
    double sum = 0;
    for (uint32_t v = 0; v < V; v++) sum += std::exp(static_cast<double>(logits[v]) - most);
    return most + std::log(sum) - static_cast<double>(logits[target]);
}

// Nats of the predictions of one chunk of `seq` tokens by a fresh stream: seq - 1 of them.
double chunk_nats(Engine& engine, const uint32_t* tokens, uint32_t seq) {
    double nats = 0;
    engine.reset();
    for (uint32_t t = 0; t + 1 < seq; t++) {
        require(engine.step(tokens[t]), "engine");
        nats += cross_entropy(engine.logits(), engine.config().vocab_size, tokens[t + 1]);
    }
    return nats;
}

}  // namespace

RoutedEvaluation evaluate_routed(const ModelFile& model, const std::vector<uint32_t>& tokens,
                                 const RoutedEvalOptions& o) {
    RoutedEvaluation e;
    const uint32_t wanted = o.seq.value_or(std::max(2u, model.window_or(64)));
    // A file shorter than one chunk is one chunk.
    e.seq = static_cast<uint32_t>(std::min<std::size_t>(wanted, tokens.size()));
    e.window = o.window.value_or(std::max(e.seq, model.window_or(256)));
    const uint64_t chunks = tokens.size() / e.seq;
    e.predictions = chunks * (e.seq - 1);

    const uint64_t hardware = std::max(1u, std::thread::hardware_concurrency());
    const auto workers = static_cast<uint32_t>(std::min<uint64_t>(o.threads.value_or(hardware), chunks));
    std::vector<std::unique_ptr<RunnableModel>> engines;
    for (uint32_t w = 0; w < workers; w++)
        engines.push_back(std::make_unique<RunnableModel>(model, e.window, o.kernels));
    e.kernels = engines[0]->engine().kernels().name;

    // Every chunk has its own sum, and these are added in order: any number of threads gives one result.
    std::vector<double> nats(chunks);
    std::atomic<uint64_t> done{0};
    Progress progress(e.predictions, "bytes");
    progress.update(0);
    ThreadPool pool(workers);
    pool.run(static_cast<uint32_t>(chunks), [&](uint32_t i, uint32_t worker) {
        nats[i] = chunk_nats(engines[worker]->engine(), &tokens[std::size_t{i} * e.seq], e.seq);
        const uint64_t chunks_done = done.fetch_add(1) + 1;
        if (worker == 0) progress.update(chunks_done * (e.seq - 1));
    });
    progress.update(e.predictions);
    progress.finish();

    double total = 0;
    for (const double n : nats) total += n;
    e.nats = total / static_cast<double>(e.predictions);
    return e;
}

}  // namespace atome::cli
