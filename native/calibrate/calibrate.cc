#include "native/calibrate/calibrate.h"

#include <fmt/core.h>

#include "atome/kernels/registry.h"
#include "native/calibrate/figure.h"
#include "native/calibrate/show.h"
#include "native/cli/progress.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

std::vector<ModelFile> load_models(const CalibrateOptions& o) {
    std::vector<ModelFile> models;
    for (std::size_t i = 0; i < o.paths.size(); i++) {
        for (std::size_t before = 0; before < i; before++)
            if (same_file(o.paths[before], o.paths[i]))
                throw Failure(o.paths[i] +
                              ": is given twice: give each model once, intervals are over models");
        ModelOptions one = o.model;
        one.path = o.paths[i];
        models.push_back(ModelFile::load(one));
        const std::string first = config_text(models[0].config()), this_one = config_text(models[i].config());
        if (this_one != first)
            throw Failure(fmt::format("{}: is {}, but {} is {}: give models of one architecture", o.paths[i],
                                      this_one, o.paths[0], first));
        if (models[i].coded().vocabulary != models[0].coded().vocabulary)
            throw Failure(
                fmt::format("{}: its tokens stand for other strings than those of {}: give models of "
                            "one vocabulary",
                            o.paths[i], o.paths[0]));
    }
    return models;
}

// The data, what is made of it, the texts given.
std::vector<Text> load_texts(const CalibrateOptions& o, const Config& config, Subject* subject) {
    const uint64_t least = kLongestWindow + 1, most = o.bytes + 1;
    std::vector<Text> texts = {read_start({"data", o.data}, least, most, config)};
    const auto add = [&](std::optional<Text> text, const std::string& reason) {
        if (text)
            texts.push_back(std::move(*text));
        else
            subject->left_out.push_back(reason);
    };
    add(shuffled(texts[0]), fmt::format("{} is left out: the bytes of the data are all alike", kShuffled));
    add(lowered(texts[0], config),
        fmt::format("{} is left out: the data has no capitals, or the vocabulary no small letters", kLower));
    for (const NamedFile& file : o.ood) texts.push_back(read_start(file, least, most, config));
    return texts;
}

void require_svg_apart(const CalibrateOptions& o) {
    if (o.svg.empty()) return;
    std::vector<std::string> inputs = o.paths;
    inputs.push_back(o.data);
    for (const NamedFile& file : o.ood) inputs.push_back(file.path);
    for (const std::string& input : inputs)
        if (same_file(input, o.svg)) throw Failure(o.svg + ": is a file that is read: give --svg another");
}

}  // namespace

void calibrate(const CalibrateOptions& o) {
    require_different_names("--ood", o.ood);
    const std::vector<ModelFile> models = load_models(o);
    Subject subject{o.paths, models[0].config(), o.data, {}, {}, ""};
    std::vector<Text> texts = load_texts(o, subject.config, &subject);
    require_svg_apart(o);
    const Vocabulary vocabulary = vocabulary_of(models[0].coded().vocabulary);
    for (Text& text : texts) encode(vocabulary, subject.config, kLongestWindow + 1, &text);
    subject.protocol = {o.seq, o.window.value_or(models[0].window_or(256)), o.model.kernels};
    subject.kernels = (o.model.kernels ? *o.model.kernels : best_kernels()).name;

    uint64_t each = 0;
    for (const Text& text : texts) each += predictions_of(text, o.seq);
    ThreadPool pool(o.threads.value_or(cores()));
    const char* unit = vocabulary ? "token" : "byte";
    Progress progress(each * models.size(), fmt::format("{}s", unit));
    progress.update(0);
    std::vector<Measurement> measurements;
    for (std::size_t m = 0; m < models.size(); m++)
        measurements.push_back(measure_model(models[m], o.paths[m], texts, subject.protocol, pool,
                                             [&](uint64_t done) { progress.update(m * each + done); }));
    progress.finish();
    CalibrationSummary summary = summarise(measurements);
    summary.unit = unit;
    if (o.json)
        print_json(calibration_json(subject, measurements, summary));
    else
        show_calibration(subject, summary);
    if (!o.svg.empty()) write_file_atomic(o.svg, figure_svg(subject, summary));
}

}  // namespace atome::cli
