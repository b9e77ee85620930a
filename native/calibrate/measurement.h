// What one model's signals say on the texts of `atome calibrate`.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "atome/measure/measure.h"
#include "native/calibrate/texts.h"
#include "native/io/thread_pool.h"
#include "native/model/model_file.h"

namespace atome::cli {

// Predictions in a window: of bytes, a line of a chat, and a sentence.
inline constexpr std::array<uint32_t, 2> kWindows = {16, 64};
inline constexpr uint32_t kLongestWindow = kWindows.back();
// Points of a stored risk-coverage curve: coverage 1 %, 2 % .. 100 %.
inline constexpr std::size_t kCurvePoints = 100;

struct Protocol {
    uint32_t seq = 1024;  // tokens predicted in a stream; the model then starts afresh
    uint32_t window = 0;  // positions that attention sees
    const Kernels* kernels = nullptr;
};

// How well windows of one text are told from windows of the data, AUROC of their means.
struct Detection {
    std::string text;
    uint32_t window = 0;
    std::size_t known = 0, unknown = 0;        // windows of the data and of the text
    std::vector<std::optional<double>> auroc;  // (S) by signal
    std::optional<double> loss;                // by the loss, which is known only after the token came
};

struct TextLoss {
    std::string text;
    uint64_t predictions = 0, bytes = 0;  // tokens predicted, and what they stand for
    double nats = 0;                      // mean per byte of text
};

struct Measurement {
    Report report;                            // of the data
    std::vector<std::vector<double>> curves;  // (S, kCurvePoints) risk by coverage
    std::vector<double> best_curve;           // (kCurvePoints) of a signal that knows every error
    double best_aurc = 0;
    std::vector<Detection> detections;  // text by text, in each kWindows
    std::vector<TextLoss> texts;        // the data first
};

// Predictions made on a text of at least two tokens: whole streams of `seq`, or one that is shorter.
uint64_t predictions_of(const Text& text, uint32_t seq);

// texts: the data, then those to tell from it, each of at least kLongestWindow + 1 tokens.
// Runs on the pool; any number of workers gives the same result. `progress` is called with the tokens
// predicted so far, by the calling thread. Throws Failure naming the model.
Measurement measure_model(const ModelFile& model, const std::string& where, const std::vector<Text>& texts,
                          const Protocol& protocol, ThreadPool& pool,
                          const std::function<void(uint64_t)>& progress);

}  // namespace atome::cli
