#include "native/calibrate/measurement.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "atome/measure/windows.h"

namespace atome::cli {
namespace {

struct Stream {
    std::size_t text;
    std::span<const uint8_t> tokens;
};

// Streams overlap by one token, the last of one being the first of the next, so that every token but the
// text's first is predicted. An incomplete last stream is left out, unless it is the only one.
std::vector<Stream> streams_of(const std::vector<Text>& texts, uint32_t seq) {
    std::vector<Stream> streams;
    for (std::size_t t = 0; t < texts.size(); t++) {
        const std::span<const uint8_t> tokens(texts[t].tokens);
        const uint64_t predictions = predictions_of(texts[t], seq);
        const std::size_t each = std::min<uint64_t>(seq, predictions);
        for (std::size_t first = 0; first + each <= predictions; first += each)
            streams.push_back({t, tokens.subspan(first, each + 1)});
    }
    return streams;
}

// The curve at the coverages of the stored points.
std::vector<double> thinned(const std::vector<double>& curve) {
    std::vector<double> points(kCurvePoints);
    for (std::size_t k = 0; k < kCurvePoints; k++)
        points[k] = curve[((k + 1) * curve.size() + kCurvePoints - 1) / kCurvePoints - 1];
    return points;
}

void add_curves(const Positions& data, const std::vector<SignalValues>& signals, Measurement* m) {
    std::vector<uint8_t> wrong;
    std::vector<float> error;
    for (const uint8_t correct : data.correct) {
        wrong.push_back(!correct);
        error.push_back(correct ? 0.0f : 1.0f);
    }
    for (const SignalValues& s : signals) m->curves.push_back(thinned(risk_coverage(rank(s.values), wrong)));
    const std::vector<double> best = risk_coverage(rank(error), wrong);
    m->best_curve = thinned(best);
    m->best_aurc = *aurc(best);
}

// (S + 1, windows) means of every signal and of the loss.
std::vector<std::vector<float>> means_of(const Positions& p, const std::vector<SignalValues>& signals,
                                         uint32_t seq, uint32_t window) {
    std::vector<std::vector<float>> means;
    for (const SignalValues& s : signals) means.push_back(window_means(s.values, seq, window));
    means.push_back(window_means(p.nats, seq, window));
    return means;
}

// Of text, that the first predictions are of: all tokens but the first.
uint64_t bytes_of(const Text& text, std::size_t predictions, const Vocabulary& vocabulary) {
    TextOfTokens decoder(vocabulary);
    uint8_t piece[Vocabulary::kMostBytes];
    decoder.add(text.tokens[0], piece);
    uint64_t bytes = 0;
    for (std::size_t i = 1; i <= predictions; i++) bytes += decoder.add(text.tokens[i], piece);
    return bytes;
}

std::vector<Positions> run_streams(const ModelFile& model, const std::string& where,
                                   const std::vector<Text>& texts, const Protocol& protocol, ThreadPool& pool,
                                   const std::function<void(uint64_t)>& progress) {
    const std::vector<Stream> streams = streams_of(texts, protocol.seq);
    std::vector<std::unique_ptr<RunnableModel>> engines;
    for (uint32_t w = 0; w < pool.workers() && w < streams.size(); w++)
        engines.push_back(std::make_unique<RunnableModel>(model, protocol.window, protocol.kernels));
    std::vector<Positions> parts(streams.size());
    std::vector<Status> states(streams.size());
    std::atomic<uint64_t> done{0};
    // A task's worker may have a number beyond the streams; there is then an engine for each task.
    const bool by_worker = engines.size() == pool.workers();
    pool.run(static_cast<uint32_t>(streams.size()), [&](uint32_t i, uint32_t worker) {
        states[i] = measure(engines[by_worker ? worker : i]->engine(), streams[i].tokens, &parts[i]);
        const uint64_t now = done.fetch_add(streams[i].tokens.size() - 1) + streams[i].tokens.size() - 1;
        if (worker == 0) progress(now);
    });
    for (const Status& status : states) require(status, where);
    progress(done);
    std::vector<Positions> all;
    for (std::size_t t = 0, first = 0, end; t < texts.size(); t++, first = end) {
        for (end = first; end < streams.size() && streams[end].text == t;) end++;
        all.push_back(concatenate(std::span(parts).subspan(first, end - first)));
    }
    return all;
}

}  // namespace

uint64_t predictions_of(const Text& text, uint32_t seq) {
    const uint64_t all = text.tokens.size() - 1;
    return all < seq ? all : all - all % seq;
}

Measurement measure_model(const ModelFile& model, const std::string& where, const std::vector<Text>& texts,
                          const Protocol& protocol, ThreadPool& pool,
                          const std::function<void(uint64_t)>& progress) {
    const std::vector<Positions> positions = run_streams(model, where, texts, protocol, pool, progress);
    Measurement m;
    m.report = report(positions[0]);
    const std::vector<SignalValues> known = signals(positions[0]);
    add_curves(positions[0], known, &m);
    for (std::size_t t = 0; t < texts.size(); t++) {
        const Positions& p = positions[t];
        double nats = 0;
        for (const float n : p.nats) nats += static_cast<double>(n);
        const uint64_t bytes = bytes_of(texts[t], p.nats.size(), vocabulary_of(model.coded().vocabulary));
        m.texts.push_back({texts[t].name, p.nats.size(), bytes, nats / static_cast<double>(bytes)});
        if (t == 0) continue;
        const std::vector<SignalValues> unknown = signals(p);
        for (const uint32_t window : kWindows) {
            const auto in = means_of(positions[0], known, protocol.seq, window);
            const auto out = means_of(p, unknown, protocol.seq, window);
            Detection d{texts[t].name, window, in[0].size(), out[0].size(), {}, std::nullopt};
            for (std::size_t s = 0; s < known.size(); s++) d.auroc.push_back(separation(in[s], out[s]));
            d.loss = separation(in.back(), out.back());
            m.detections.push_back(std::move(d));
        }
    }
    return m;
}

}  // namespace atome::cli
