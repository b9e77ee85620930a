#include "native/evaluate/trace.h"

#include <fmt/core.h>

#include <algorithm>

#include "atome/infer/trace.h"

namespace atome::cli {
namespace {

std::vector<uint32_t> parse_tokens(const std::string& list, const Config& config) {
    std::vector<uint32_t> tokens;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const std::string word = list.substr(at, comma - at);
        const uint64_t token = parse_whole("--tokens", word, 0, Limits::vocab_size - 1);
        if (token >= config.vocab_size)
            throw Failure(
                fmt::format("--tokens: token {} at position {} is outside the vocabulary: use 0..{}", token,
                            tokens.size(), config.vocab_size - 1));
        tokens.push_back(static_cast<uint32_t>(token));
        at = comma + 1;
    }
    return tokens;
}

}  // namespace

Trace trace(const TraceOptions& o) {
    const ModelFile model = ModelFile::load(o.model);
    Trace t;
    const Config& c = t.config = model.config();
    t.tokens = o.tokens.empty() ? tokens_of(o.text, c.vocab_size, "--text") : parse_tokens(o.tokens, c);
    const std::size_t T = t.tokens.size(), L = c.n_layers, P = c.active_pathways();
    const std::size_t positions = T + o.greedy;
    if (!o.window && positions > Limits::window)
        throw Failure(
            fmt::format("trace: {} positions do not fit attention: use at most {}, or give --window",
                        positions, Limits::window));
    // As many positions as are fed, so that the stream is the full forward pass.
    t.window = o.window.value_or(static_cast<uint32_t>(positions));
    RunnableModel runnable(model, t.window, o.model.kernels);
    Engine& engine = runnable.engine();
    t.kernels = engine.kernels().name;
    t.logits.reserve(T * c.vocab_size);
    t.router.resize(L * T * P);
    t.entropy.resize(L * T);
    std::size_t fed = 0;
    const auto at = [&](std::size_t i) {
        fed = i + 1;
        if (i >= T) return;
        t.logits.insert(t.logits.end(), engine.logits(), engine.logits() + c.vocab_size);
        for (uint32_t l = 0; l < L; l++) {
            std::copy_n(engine.router(l), P, &t.router[(l * T + i) * P]);
            t.entropy[l * T + i] = engine.entropy(l);
        }
    };
    const std::vector<uint8_t> bytes(t.tokens.begin(), t.tokens.end());
    const Status status = atome::trace(engine, bytes.data(), T, o.greedy, &t.digest, at,
                                       [&](uint32_t token) { t.greedy.push_back(token); });
    require(status, fmt::format("position {}", fed));
    return t;
}

}  // namespace atome::cli
