#include "native/evaluate/trace.h"

#include <fmt/core.h>

#include <algorithm>

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

ModelTrace trace(const TraceOptions& o) {
    const ModelFile model = ModelFile::load(o.model);
    ModelTrace t;
    const Config& c = t.config = model.config();
    const std::vector<uint32_t> tokens =
        o.tokens.empty() ? tokens_of(o.text, c.vocab_size, "--text") : parse_tokens(o.tokens, c);
    const std::size_t positions = tokens.size() + o.greedy;
    if (!o.window && positions > Limits::window)
        throw Failure(
            fmt::format("trace: {} positions do not fit attention: use at most {}, or give --window",
                        positions, Limits::window));
    // As many positions as are fed, so that the stream is the full forward pass.
    t.window = o.window.value_or(static_cast<uint32_t>(positions));
    RunnableModel runnable(model, t.window, o.model.kernels);
    t.kernels = runnable.engine().kernels().name;
    require(record_trace(runnable.engine(), {tokens.begin(), tokens.end()}, o.greedy, &t), "trace");
    return t;
}

}  // namespace atome::cli
