// atome inspect: what is in a model file.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>

#include "atome/quant/packing.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/commands/inspect_gpt.h"
#include "native/io/files.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

struct InspectOptions {
    ModelOptions model;
    bool json = false;
};

// What is said of one active tensor.
struct TensorFacts {
    TensorSpec spec;
    Encoding encoding = Encoding::f32;
    std::size_t bytes = 0;           // its numbers in .atome, scales included, without alignment
    std::map<int, uint64_t> counts;  // of codes; empty for floats
    float least = 0, most = 0;       // of the scales, or of the floats
    std::size_t scales = 0;
    double mean = 0;  // of the floats

    double sparsity() const {
        const auto zeros = counts.find(0);
        return zeros == counts.end() ? 0
                                     : static_cast<double>(zeros->second) / static_cast<double>(spec.size());
    }
};

TensorFacts facts_of(const ModelFile& model, uint32_t index) {
    TensorFacts f;
    f.spec = tensor_spec(model.config(), index);
    const CodedTensor& t = model.coded().tensors[index];
    const TensorView view = model.view().tensor(f.spec.kind, f.spec.layer);
    f.encoding = view.encoding;
    const std::vector<float>& floats = t.coded() ? t.scales : t.values;
    const auto [least, most] = std::minmax_element(floats.begin(), floats.end());
    f.least = *least;
    f.most = *most;
    if (t.coded()) {
        f.scales = t.scales.size();
        f.bytes = packed_bytes(f.encoding, t.codes.size()) + 4 * f.scales;
        // Levels that do not occur are worth seeing, too.
        for (int level = -9; level <= 9; level++)
            if (holds(f.encoding, static_cast<int8_t>(level))) f.counts[level] = 0;
        for (const int8_t code : t.codes) f.counts[code]++;
    } else {
        f.bytes = 4 * t.values.size();
        for (const float v : t.values) f.mean += static_cast<double>(v);
        f.mean /= static_cast<double>(t.values.size());
    }
    return f;
}

Json json_of(const TensorFacts& f) {
    Json json = {{"name", tensor_name(f.spec).view()},
                 {"rows", f.spec.rows},
                 {"cols", f.spec.cols},
                 {"encoding", name(f.encoding)},
                 {"bytes", f.bytes}};
    if (f.counts.empty()) {
        json["min"] = json_number(f.least);
        json["max"] = json_number(f.most);
        json["mean"] = f.mean;
        return json;
    }
    if (f.scales == 1) {
        json["scale"] = json_number(f.least);
    } else {
        json["scales"] = {{"count", f.scales}, {"min", json_number(f.least)}, {"max", json_number(f.most)}};
    }
    for (const auto& [code, count] : f.counts) json["counts"][std::to_string(code)] = count;
    json["sparsity"] = f.sparsity();
    return json;
}

// Every reader refuses what does not pass, so a file that got here has passed.
Checks checks(FileFormat format) {
    std::string checksums = "the format has none";
    if (format == FileFormat::atome) checksums = "header, configuration, directory and every section match";
    if (format == FileFormat::pt) checksums = "every entry of the archive matches";
    return {{"structure", "sizes, offsets and shapes agree with the configuration"},
            {"checksums", checksums},
            {"numbers", "every float is finite, every scale above 0, every code valid"}};
}

void print_table(const std::vector<TensorFacts>& tensors) {
    std::size_t width = 0;
    for (const TensorFacts& f : tensors) width = std::max(width, tensor_name(f.spec).view().size());
    print(fmt::format("\n{:<{}}  {:>11}  {:<5} {:>9}  {}\n", "tensor", width, "shape", "as", "bytes",
                      "scale and codes, or range and mean"));
    for (const TensorFacts& f : tensors) {
        std::string line = fmt::format("{:<{}}  {:>5}x{:<5}  {:<5} {:>9}  ", tensor_name(f.spec).view(),
                                       width, f.spec.rows, f.spec.cols, name(f.encoding), grouped(f.bytes));
        if (f.counts.empty()) {
            line += fmt::format("{:.4g} .. {:.4g}  mean {:.4g}", f.least, f.most, f.mean);
        } else {
            line += f.scales == 1 ? fmt::format("{:.5f} ", f.least)
                                  : fmt::format("{} of {:.5f} .. {:.5f} ", f.scales, f.least, f.most);
            for (const auto& [code, count] : f.counts)
                line += fmt::format(" {}{}:{:.1f}%", code > 0 ? "+" : "", code,
                                    100 * static_cast<double>(count) / static_cast<double>(f.spec.size()));
        }
        print(line + "\n");
    }
}

void run(const InspectOptions& o) {
    const std::vector<uint8_t> bytes = read_file(o.model.path);
    if (const auto gpt = find_gpt(bytes, o.model.path)) return inspect_gpt(*gpt, checks(gpt->format), o.json);
    const ModelFile model = ModelFile::load(o.model, bytes);
    const Config& c = model.config();
    std::vector<TensorFacts> tensors;
    uint64_t codes = 0, zeros = 0;
    for (uint32_t i = 0; i < tensor_count(c); i++) {
        if (!tensor_spec(c, i).active) continue;
        tensors.push_back(facts_of(model, i));
        const TensorFacts& f = tensors.back();
        if (f.counts.empty()) continue;
        codes += f.spec.size();
        zeros += f.counts.at(0);
    }
    const double sparsity = codes ? static_cast<double>(zeros) / static_cast<double>(codes) : 0;
    if (o.json) {
        Json list = Json::array(), passed = Json::object();
        for (const TensorFacts& f : tensors) list.push_back(json_of(f));
        for (const auto& [check, what] : checks(model.format())) passed[check] = what;
        print_json({{"format", name(model.format())},
                    {"config", config_json(c)},
                    {"parameters", parameter_count(c)},
                    {"bytes", model.file_bytes()},
                    {"window", model.view().window()},
                    {"codes", codes},
                    {"sparsity", sparsity},
                    {"checks", passed},
                    {"tensors", list}});
        return;
    }
    print(fmt::format("format      {}\nconfig      {}\n", name(model.format()), config_text(c)));
    print(fmt::format("parameters  {}, of which {} codes, {:.1f}% zero\n", grouped(parameter_count(c)),
                      grouped(codes), 100 * sparsity));
    print(fmt::format("bytes       {}\n", grouped(model.file_bytes())));
    if (model.view().window()) print(fmt::format("window      {} recommended\n", model.view().window()));
    for (const auto& [check, what] : checks(model.format())) print(fmt::format("{:<11} {}\n", check, what));
    print_table(tensors);
}

}  // namespace

void add_inspect(App& app) {
    auto o = std::make_shared<InspectOptions>();
    App command = app.add_subcommand("inspect", "Sizes, code histograms, scales and checks of a model file");
    add_model(command, &o->model).required();
    add_json(command, &o->json);
    command.footer(
        "Float models are shown as their quantiser makes them.\n\n"
        "Example:\n  atome inspect model.safetensors");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
