#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "native/cli/terminal.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/trace.h"

namespace atome::cli {
namespace {

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

void show_json(const TraceReport& r) {
    const Config& c = r.config;
    const Trace& t = r.trace;
    const std::size_t T = t.tokens.size(), P = c.active_pathways();
    Json texts = Json::array();
    const Vocabulary vocabulary = vocabulary_of(r.vocabulary);
    for (const uint8_t token : t.tokens) texts.push_back(shown_token(vocabulary, token));
    print("{\"tokens\":" + Json(t.tokens).dump() + ",\"texts\":" + texts.dump() + ",\"logits\":");
    print_matrix(t.logits, c.vocab_size);
    print(",\"router\":[");
    for (uint32_t l = 0; l < c.n_layers; l++) {
        if (l) print(",");
        const auto first = t.routing.router.begin() + static_cast<std::ptrdiff_t>(l * T * P);
        print_matrix({first, first + static_cast<std::ptrdiff_t>(T * P)}, P);
    }
    print("],\"entropy\":");
    print_matrix(t.routing.entropy, T);
    print(",\"greedy\":" + Json(t.greedy).dump());
    print(fmt::format(",\"digest\":\"{:016x}\",\"window\":{},\"kernels\":\"{}\"}}\n", t.digest, r.window,
                      r.kernels));
}

void show_text(const TraceReport& r) {
    const Trace& t = r.trace;
    const std::size_t T = t.tokens.size();
    const uint32_t V = r.config.vocab_size, L = r.config.n_layers;
    const Vocabulary vocabulary = vocabulary_of(r.vocabulary);
    const std::size_t width = vocabulary ? 16 : 5;
    print(fmt::format("{:>5} {:>{}}  {:>{}} {:>7}  {}\n", "pos", vocabulary ? "token" : "byte", width, "next",
                      width, "p", "router entropy by layer, nats"));
    for (std::size_t i = 0; i < T; i++) {
        const float* logits = &t.logits[i * V];
        const auto best = static_cast<uint32_t>(std::max_element(logits, logits + V) - logits);
        double sum = 0;
        for (uint32_t v = 0; v < V; v++) sum += std::exp(static_cast<double>(logits[v] - logits[best]));
        std::string line =
            fmt::format("{:>5} {:>{}}  {:>{}} {:6.1f}% ", i, shown_token(vocabulary, t.tokens[i]), width,
                        shown_token(vocabulary, best), width, 100 / sum);
        for (uint32_t l = 0; l < L; l++) line += fmt::format(" {:.3f}", t.routing.entropy[l * T + i]);
        print(line + "\n");
    }
    if (!t.greedy.empty()) print("greedy   " + printable(text_of(vocabulary, t.greedy)) + "\n");
    print(fmt::format("digest   {:016x}\nwindow   {}\nkernels  {}\n", t.digest, r.window, r.kernels));
}

}  // namespace

void show_trace(const TraceReport& report, bool as_json) { as_json ? show_json(report) : show_text(report); }

}  // namespace atome::cli
