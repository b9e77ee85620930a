// atome calibrate: is the router's entropy a signal of uncertainty?
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "atome/kernels/registry.h"
#include "native/calibrate/figure.h"
#include "native/calibrate/show.h"
#include "native/cli/progress.h"
#include "native/commands/commands.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

constexpr uint64_t kMaxPredictions = uint64_t{1} << 24;

struct CalibrateOptions {
    std::vector<std::string> paths;
    ModelOptions model;  // what the models share
    std::string data;
    std::vector<NamedFile> ood;
    uint64_t bytes = 65536;
    uint32_t seq = Protocol{}.seq;
    std::optional<uint32_t> window;
    std::optional<uint32_t> threads;
    std::string svg;
    bool json = false;
};

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

void run(const CalibrateOptions& o) {
    require_different_names("--ood", o.ood);
    const std::vector<ModelFile> models = load_models(o);
    Subject subject{o.paths, models[0].config(), o.data, {}, {}, ""};
    const std::vector<Text> texts = load_texts(o, subject.config, &subject);
    require_svg_apart(o);
    subject.protocol = {o.seq, o.window.value_or(models[0].window_or(256)), o.model.kernels};
    subject.kernels = (o.model.kernels ? *o.model.kernels : best_kernels()).name;

    uint64_t each = 0;
    for (const Text& text : texts) each += predictions_of(text, o.seq);
    ThreadPool pool(o.threads.value_or(std::max(1u, std::thread::hardware_concurrency())));
    Progress progress(each * models.size(), "bytes");
    progress.update(0);
    std::vector<Measurement> measurements;
    for (std::size_t m = 0; m < models.size(); m++)
        measurements.push_back(measure_model(models[m], o.paths[m], texts, subject.protocol, pool,
                                             [&](uint64_t done) { progress.update(m * each + done); }));
    progress.finish();
    const CalibrationSummary summary = summarise(measurements);
    if (o.json)
        print_json(calibration_json(subject, measurements, summary));
    else
        show_calibration(subject, summary);
    if (!o.svg.empty()) write_file_atomic(o.svg, figure_svg(subject, summary));
}

}  // namespace

void add_calibrate(App& app) {
    auto o = std::make_shared<CalibrateOptions>();
    App command = app.add_subcommand(
        "calibrate", "Is router entropy a signal of uncertainty? Its figures beside the prediction's own");
    add_dimensions(command, &o->model.dimensions, "--top-k", false);
    command
        .add_option("MODEL", &o->paths,
                    "model files of any format; several of one architecture give intervals")
        .required()
        .type_name("");
    command.add_option("--data", &o->data, "text of the kind that the model knows, but not trained on")
        .required()
        .type_name("FILE");
    command
        .add_list(
            "--ood",
            [o](const std::vector<std::string>& words) {
                for (const std::string& word : words) o->ood.push_back(parse_named_file("--ood", word));
            },
            "text of another kind, to be told from the data")
        .type_name("NAME=FILE");
    add_whole(command, "--bytes", &o->bytes, kLongestWindow, kMaxPredictions,
              "predictions on each text, from its start, at most");
    add_whole(command, "--seq", &o->seq, kLongestWindow, kMaxPredictions,
              "predictions before the model starts afresh");
    add_window(command, &o->window, "the model's, else 256");
    add_whole(command, "--threads", &o->threads, 1, 1024, "they do not change the result")
        .default_str("all cores");
    add_kernels(command, &o->model.kernels);
    command.add_option("--svg", &o->svg, "write the figure too").type_name("FILE");
    add_json(command, &o->json);
    command.footer(
        "Spearman: rank correlation with the loss of the byte; partial: the same at equal predictive "
        "entropy.\n"
        "AUROC: how often a wrongly predicted byte has the higher signal, 0.5 is chance. AURC: area under "
        "the\n"
        "curve of risk against coverage, lower is better. Beside the texts given, the data shuffled and in\n"
        "lower case are told from the data. The loss is a reference: it is known only after the byte.\n\n"
        "Example:\n  atome calibrate model.atome --data valid.txt --ood news=news.txt --svg calibration.svg");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
