#include "native/evaluate/trace.h"

#include <fmt/core.h>

#include <algorithm>

#include "native/model/fixed_plan.h"

namespace atome::cli {
namespace {

std::vector<uint8_t> parse_tokens(const std::string& list, const Config& config) {
    std::vector<uint8_t> tokens;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const std::string word = list.substr(at, comma - at);
        const uint64_t token = parse_whole("--tokens", word, 0, Limits::vocab_size - 1);
        if (token >= config.vocab_size)
            throw Failure(
                fmt::format("--tokens: token {} at position {} is outside the vocabulary: use 0..{}", token,
                            tokens.size(), config.vocab_size - 1));
        tokens.push_back(static_cast<uint8_t>(token));
        at = comma + 1;
    }
    return tokens;
}

}  // namespace

TraceReport trace(const TraceOptions& o) {
    ModelFile model = ModelFile::load(o.model);
    if (o.fixed) model = with_fixed_plan(model, o.model.path);
    TraceReport r;
    r.config = model.config();
    r.vocabulary = model.coded().vocabulary;
    std::vector<uint8_t> tokens =
        o.tokens.empty() ? tokens_of(o.text, model.view().vocabulary(), r.config.vocab_size, "--text")
                         : parse_tokens(o.tokens, r.config);
    const std::size_t positions = tokens.size() + o.greedy;
    if (!o.window && positions > Limits::window)
        throw Failure(
            fmt::format("trace: {} positions do not fit attention: use at most {}, or give --window",
                        positions, Limits::window));
    // As many positions as are fed, so that the stream is the full forward pass.
    r.window = o.window.value_or(static_cast<uint32_t>(positions));
    const auto record = [&](auto runnable) {
        r.kernels = runnable.engine().kernels().name;
        require(record_trace(runnable.stream(), std::move(tokens), o.greedy, &r.trace), o.model.path);
    };
    if (o.fixed)
        record(RunnableFixed(model, r.window, nullptr, o.model.path));
    else
        record(RunnableModel(model, r.window, o.model.kernels));
    return r;
}

}  // namespace atome::cli
