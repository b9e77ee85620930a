// atome trace: every number that the model gives for a text.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "atome/infer/step_digest.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

struct TraceOptions {
    ModelOptions model;
    std::string text;
    std::string tokens;
    std::optional<uint32_t> window;
    uint32_t greedy = 0;
    bool json = false;
};

struct Trace {
    std::vector<uint32_t> tokens;  // (T)
    std::vector<float> logits;     // (T, V)
    std::vector<float> router;     // (L, T, P)
    std::vector<float> entropy;    // (L, T)
    std::vector<uint32_t> greedy;
    uint64_t digest = 0;
    uint32_t window = 0;
    const char* kernels = "";
};

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

Trace trace(const ModelFile& model, std::vector<uint32_t> tokens, const TraceOptions& o) {
    const Config& c = model.config();
    const std::size_t T = tokens.size(), L = c.n_layers, P = c.active_pathways();
    const std::size_t positions = T + o.greedy;
    if (!o.window && positions > Limits::window)
        throw Failure(
            fmt::format("trace: {} positions do not fit attention: use at most {}, or give --window",
                        positions, Limits::window));
    Trace t;
    // As many positions as are fed, so that the stream is the full forward pass.
    t.window = o.window.value_or(static_cast<uint32_t>(positions));
    RunnableModel runnable(model, t.window, o.model.kernels);
    Engine& engine = runnable.engine();
    t.kernels = engine.kernels().name;
    t.tokens = std::move(tokens);
    t.logits.reserve(T * c.vocab_size);
    t.router.resize(L * T * P);
    t.entropy.resize(L * T);
    Digest digest;
    for (std::size_t i = 0; i < T; i++) {
        require(engine.step(t.tokens[i]), fmt::format("position {}", i));
        add_step(digest, engine);
        t.logits.insert(t.logits.end(), engine.logits(), engine.logits() + c.vocab_size);
        for (uint32_t l = 0; l < L; l++) {
            std::copy_n(engine.router(l), P, &t.router[(l * T + i) * P]);
            t.entropy[l * T + i] = engine.entropy(l);
        }
    }
    Sampler sampler;  // greedy
    for (uint32_t i = 0; i < o.greedy; i++) {
        t.greedy.push_back(sampler.sample(engine.logits(), c.vocab_size));
        // The last byte is not fed: nothing would be read from it.
        if (i + 1 == o.greedy) break;
        require(engine.step(t.greedy.back()), fmt::format("position {}", T + i));
        add_step(digest, engine);
    }
    t.digest = digest.value();
    return t;
}

// Written piece by piece: as one JSON value, a long trace would take sixteen times its size in memory.
void print_matrix(const std::vector<float>& values, std::size_t cols) {
    std::string row;
    print("[");
    for (std::size_t i = 0; i < values.size(); i++) {
        row += i % cols ? "," : i ? ",[" : "[";
        row += fmt::format("{:.9g}", values[i]);
        if (i % cols == cols - 1) {
            row += "]";
            print(row);
            row.clear();
        }
    }
    print("]");
}

void print_trace_json(const Trace& t, const Config& c) {
    const std::size_t T = t.tokens.size(), P = c.active_pathways();
    print("{\"tokens\":" + Json(t.tokens).dump() + ",\"logits\":");
    print_matrix(t.logits, c.vocab_size);
    print(",\"router\":[");
    for (uint32_t l = 0; l < c.n_layers; l++) {
        if (l) print(",");
        const auto first = t.router.begin() + static_cast<std::ptrdiff_t>(l * T * P);
        print_matrix({first, first + static_cast<std::ptrdiff_t>(T * P)}, P);
    }
    print("],\"entropy\":");
    print_matrix(t.entropy, T);
    print(",\"greedy\":" + Json(t.greedy).dump());
    print(fmt::format(",\"digest\":\"{:016x}\",\"window\":{},\"kernels\":\"{}\"}}\n", t.digest, t.window,
                      t.kernels));
}

std::string shown(uint32_t token) {
    if (token == '\n') return "\\n";
    if (token < 0x20 || token >= 0x7f) return fmt::format("\\x{:02x}", token);
    return std::string(1, static_cast<char>(token));
}

void print_trace_text(const Trace& t, const Config& c) {
    const std::size_t T = t.tokens.size();
    const uint32_t V = c.vocab_size, L = c.n_layers;
    print(fmt::format("{:>5} {:>5}  {:>5} {:>7}  {}\n", "pos", "byte", "next", "p",
                      "router entropy by layer, nats"));
    for (std::size_t i = 0; i < T; i++) {
        const float* logits = &t.logits[i * V];
        const auto best = static_cast<uint32_t>(std::max_element(logits, logits + V) - logits);
        double sum = 0;
        for (uint32_t v = 0; v < V; v++) sum += std::exp(static_cast<double>(logits[v] - logits[best]));
        std::string line =
            fmt::format("{:>5} {:>5}  {:>5} {:6.1f}% ", i, shown(t.tokens[i]), shown(best), 100 / sum);
        for (uint32_t l = 0; l < L; l++) line += fmt::format(" {:.3f}", t.entropy[l * T + i]);
        print(line + "\n");
    }
    if (!t.greedy.empty()) {
        std::string text;
        for (const uint32_t token : t.greedy) text += static_cast<char>(token);
        print("greedy   " + printable(text) + "\n");
    }
    print(fmt::format("digest   {:016x}\nwindow   {}\nkernels  {}\n", t.digest, t.window, t.kernels));
}

void run(const TraceOptions& o) {
    const ModelFile model = ModelFile::load(o.model);
    std::vector<uint32_t> tokens = o.tokens.empty() ? tokens_of(o.text, model.config().vocab_size, "--text")
                                                    : parse_tokens(o.tokens, model.config());
    const Trace t = trace(model, std::move(tokens), o);
    if (o.json)
        print_trace_json(t, model.config());
    else
        print_trace_text(t, model.config());
}

}  // namespace

void add_trace(App& app) {
    auto o = std::make_shared<TraceOptions>();
    App command = app.add_subcommand(
        "trace", "Logits, router weights and router entropy at every position, and their digest");
    add_model(command, &o->model).required();
    App input = command.add_option_group("Input", "exactly one", 1, 1);
    const auto not_empty = [](const std::string& text) {
        return text.empty() ? "is empty: give at least one" : "";
    };
    input.add_option("--text", &o->text, "a text, as its bytes").check(not_empty).type_name("S");
    input.add_option("--tokens", &o->tokens, "tokens separated by commas: 1,2,3")
        .check(not_empty)
        .type_name("LIST");
    add_window(command, &o->window, "all positions: the full forward pass");
    add_whole(command, "--greedy", &o->greedy, 0, Limits::window,
              "continue by this many most probable bytes");
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        "The digest is over the raw bits of every position that is fed (the greedy bytes but the last, "
        "too):\n"
        "V logits, then for each layer P router weights and the entropy.\n\n"
        "Example:\n  atome trace model.atome --text \"Once upon a time\" --greedy 20");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
