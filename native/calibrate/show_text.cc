#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "native/calibrate/show.h"
#include "native/calibrate/words.h"
#include "native/cli/terminal.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

constexpr int kNameColumn = 26;

// Wide enough for a figure, with its interval where there are several models.
int figure_column(const CalibrationSummary& s) { return s.models > 1 ? 24 : 9; }

void show_subject(const Subject& subject, const CalibrationSummary& s) {
    for (const std::string& path : subject.models) print(fmt::format("model      {}\n", printable(path)));
    print(fmt::format("           {}\n", config_text(subject.config)));
    print(fmt::format("data       {}: {} bytes predicted {}in streams of {}, attention sees {}\n",
                      printable(subject.data), grouped(s.data().bytes),
                      s.of_pairs() ? fmt::format("as {} tokens, ", grouped(s.data().predictions)) : "",
                      subject.protocol.seq, subject.protocol.window));
    const double nats = *s.data().nats.mean;
    print(fmt::format("loss       {:.4f} bits per byte, perplexity {:.3f}\n", nats / std::log(2.0),
                      std::exp(nats)));
    print(fmt::format("accuracy   {}\n", figure_words(s.accuracy)));
    print(fmt::format("softmax    expected calibration error {}: {}\n", figure_words(s.ece),
                      calibration_words(s)));
    if (s.models > 1)
        print(fmt::format("intervals  {:.0f} % of the mean over {} models\n", 100 * kConfidence, s.models));
}

void show_signals(const CalibrationSummary& s) {
    const int column = figure_column(s);
    print(fmt::format("\n{:<{}}{:>{}}{:>{}}{:>{}}{:>{}}\n", "signal", kNameColumn, "Spearman", column,
                      "partial", column, "AUROC", column, "AURC", column));
    for (const SignalSummary& signal : s.signals)
        print(fmt::format("{:<{}}{:>{}}{:>{}}{:>{}}{:>{}}\n", signal_words(signal.kind, signal.layer),
                          kNameColumn, figure_words(signal.spearman), column, figure_words(signal.partial),
                          column, figure_words(signal.auroc), column, figure_words(signal.aurc), column));
    print(fmt::format("Chance: AUROC 0.5, AURC {:.3f}; a signal that knows every error: AURC {:.3f}\n",
                      1 - *s.accuracy.mean, *s.best_aurc.mean));
}

// "0.41 - 0.60", lowest and highest mean of the layers.
std::string range_of_layers(const CalibrationSummary& s, const DetectionSummary& d) {
    double low = 1, high = 0;
    for (std::size_t i = 0; i < s.signals.size(); i++) {
        if (s.signals[i].kind != SignalKind::router_entropy || !d.auroc[i].mean) continue;
        low = std::min(low, *d.auroc[i].mean);
        high = std::max(high, *d.auroc[i].mean);
    }
    return low > high ? "-" : fmt::format("{:.3f} - {:.3f}", low, high);
}

void show_detections(const Subject& subject, const CalibrationSummary& s) {
    const int column = figure_column(s) + 3;
    print(fmt::format("\nOther texts told from the data by the mean of a window{}, AUROC\n",
                      s.of_pairs() ? " of tokens" : ""));
    print(fmt::format("{:<{}}{:>7}{:>{}}{:>16}{:>{}}{:>{}}{:>{}}\n", "text", kNameColumn, "window",
                      "router mean", column + 3, "router layers", "predictive", column, "1 - max p", column,
                      "loss", column));
    for (const DetectionSummary& d : s.detections) {
        print(fmt::format("{:<{}}{:>7}", d.text, kNameColumn, d.window));
        for (std::size_t i = 0; i < s.signals.size(); i++) {
            if (s.signals[i].kind == SignalKind::router_entropy) continue;
            const bool router = s.signals[i].kind == SignalKind::mean_router_entropy;
            print(fmt::format("{:>{}}", figure_words(d.auroc[i]), column + (router ? 3 : 0)));
            if (router) print(fmt::format("{:>16}", range_of_layers(s, d)));
        }
        print(fmt::format("{:>{}}\n", figure_words(d.loss), column));
    }
    print("Mean loss, bits per byte:");
    for (const TextSummary& t : s.texts)
        print(fmt::format("  {} {:.3f}", t.text, *t.nats.mean / std::log(2.0)));
    print("\n");
    for (const std::string& reason : subject.left_out) print(reason + "\n");
}

}  // namespace

void show_calibration(const Subject& subject, const CalibrationSummary& s) {
    show_subject(subject, s);
    show_signals(s);
    show_detections(subject, s);
    print("\n");
    for (const std::string& sentence : signal_sentences(s)) print(sentence + "\n");
    print("\n");
    for (const std::string& sentence : detection_sentences(s)) print(sentence + "\n");
    print("\n" + headline(s) + "\n");
}

}  // namespace atome::cli
