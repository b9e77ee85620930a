// atome calibrate: is the router's entropy a signal of uncertainty?
#include "native/calibrate/calibrate.h"

#include <memory>

#include "native/commands/commands.h"

namespace atome::cli {
namespace {

constexpr uint64_t kMaxPredictions = uint64_t{1} << 24;

}  // namespace

void add_calibrate(App& app) {
    auto o = std::make_shared<CalibrateOptions>();
    App command = app.add_subcommand(
        "calibrate", "Is router entropy a signal of uncertainty? Its figures beside the prediction's own");
    add_legacy_dimensions(command, &o->model.dimensions, "--top-k");
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
              "of each text, from its start, that are predicted at most");
    add_whole(command, "--seq", &o->seq, kLongestWindow, kMaxPredictions,
              "predictions before the model starts afresh: of bytes, or of pairs");
    add_window(command, &o->window, "the model's, else 256");
    add_whole(command, "--threads", &o->threads, 1, 1024, "they do not change the result")
        .default_str("all cores");
    add_kernels(command, &o->model.kernels);
    command.add_option("--svg", &o->svg, "write the figure too").type_name("FILE");
    add_json(command, &o->json);
    command.footer(
        R"(Spearman: rank correlation with the loss of the prediction; partial: the same at equal predictive entropy.
AUROC: how often a wrong prediction has the higher signal, 0.5 is chance. AURC: area under the
curve of risk against coverage, lower is better. Beside the texts given, the data shuffled and in
lower case are told from the data. Of a model trained with --router-calibration the last layer's router is
meant to be the signal. The loss is a reference: it is known only after the prediction. A model of
pairs predicts tokens: signals, windows and --seq are of these, losses per byte of text.

Example:
  atome calibrate model.atome --data valid.txt --ood news=news.txt --svg calibration.svg)");
    command.callback([o] { calibrate(*o); });
}

}  // namespace atome::cli
