// Is the router's entropy a sign of uncertainty? A model's predictions over a text, and what each of its
// possible signals says about them.
//
//     Positions positions;
//     status = measure(engine, tokens, &positions);
//     for (const Signal& s : report(positions).signals) ... s.spearman, s.auroc
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "atome/base/status.h"
#include "atome/infer/engine.h"
#include "atome/measure/statistics.h"

namespace atome {

// One prediction a position: position i has seen tokens 0..i of the text and predicts token i + 1.
struct Positions {
    std::vector<float> entropy;          // (L, N)  of the router, nats
    std::vector<float> mean;             // (N)     of the router's entropies over the layers
    std::vector<float> predicted;        // (N)     entropy of the predicted distribution, nats
    std::vector<float> max_probability;  // (N)     of the predicted distribution
    std::vector<float> nats;             // (N)     loss of the token that came
    std::vector<uint8_t> correct;        // (N)     1 where the most probable token came
};

// Runs one stream over all tokens of a text (T); attention sees the engine's window. The engine must be
// initialised and is reset first. N = T - 1. Errors: bad_argument (T below 3, with which nothing can be
// correlated, or tokens outside the vocabulary), not_finite (weights so large that the logits overflow; says
// where).
Status measure(Engine& engine, std::span<const uint8_t> tokens, Positions* out);

// Positions of several streams of one model, one after the other. Nothing given: none.
Positions concatenate(std::span<const Positions> parts);

enum class SignalKind : uint8_t {
    mean_router_entropy,
    router_entropy,      // of one layer
    predictive_entropy,  // of the predicted distribution
    one_minus_max_probability,
};
std::string_view name(SignalKind kind);  // as above

// One signal at every position.
struct SignalValues {
    SignalKind kind = SignalKind::mean_router_entropy;
    std::optional<uint32_t> layer;  // of router_entropy
    std::vector<float> values;      // (N)
};
// mean_router_entropy; router_entropy of each layer; the other two. The last holds -p instead of 1 - p, which
// orders the positions, and means of them, alike but does not round. Without positions, none.
std::vector<SignalValues> signals(const Positions& positions);

// What a signal says about the predictions; see statistics.h.
struct Signal {
    SignalKind kind = SignalKind::mean_router_entropy;
    std::optional<uint32_t> layer;  // of router_entropy
    std::optional<double>
        spearman;                   // with the loss; none for a constant signal, such as the entropy of P = 1
    std::optional<double> partial;  // the same given the predictive entropy; none for that one itself
    std::optional<double> auroc;    // for a wrong prediction; none where all are right or all are wrong
    double aurc = 0;
};

struct Report {
    std::vector<Signal> signals;  // as of the function
    uint64_t predictions = 0;     // N
    double accuracy = 0;
    double nats = 0;                   // mean loss of a prediction
    std::vector<CalibrationBin> bins;  // (kCalibrationBins) of the maximal probability
    double ece = 0;                    // over these

    double bits() const { return nats * 1.44269504088896341; }
};
inline constexpr uint32_t kCalibrationBins = 15;  // Guo et al.'s

// Without positions, a report without signals.
Report report(const Positions& positions);

}  // namespace atome
