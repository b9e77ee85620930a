#include "native/commands/inspect_gpt.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "atome/models/gpt/rounding.h"
#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

constexpr Rounding kRoundings[] = {Rounding::none, Rounding::int8, Rounding::int4};

struct TensorFacts {
    GptTensorSpec spec;
    std::string tensor;
    float least, most;
    double mean;
    uint64_t bytes() const { return sizeof(float) * spec.size(); }
};

std::vector<TensorFacts> facts_of(const GptModel& model) {
    std::vector<TensorFacts> facts;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const GptTensorSpec spec = tensor_spec(model.config, i);
        const std::vector<float>& t = model.tensors[i];
        const auto [least, most] = std::minmax_element(t.begin(), t.end());
        const double sum = std::accumulate(t.begin(), t.end(), 0.0,
                                           [](double s, float v) { return s + static_cast<double>(v); });
        facts.push_back({spec, std::string(tensor_name(spec).view()), *least, *most,
                         sum / static_cast<double>(t.size())});
    }
    return facts;
}

void print_json_of(const GptFile& file, const Checks& checks, const std::vector<TensorFacts>& facts) {
    Json list = Json::array(), passed = Json::object(), sizes = Json::object();
    for (const TensorFacts& f : facts)
        list.push_back({{"name", f.tensor},
                        {"rows", f.spec.rows},
                        {"cols", f.spec.cols},
                        {"encoding", "f32"},
                        {"bytes", f.bytes()},
                        {"min", json_number(f.least)},
                        {"max", json_number(f.most)},
                        {"mean", f.mean}});
    for (const auto& [check, what] : checks) passed[check] = what;
    for (const Rounding r : kRoundings) sizes[std::string(name(r))] = weight_bytes(file.model.config, r);
    print_json({{"format", name(file.format)},
                {"config", config_json(file.model.config)},
                {"parameters", parameter_count(file.model.config)},
                {"bytes", file.file_bytes},
                {"weight_bytes", sizes},
                {"checks", passed},
                {"tensors", list}});
}

}  // namespace

void inspect_gpt(const GptFile& file, const Checks& checks, bool json) {
    const GptConfig& c = file.model.config;
    const std::vector<TensorFacts> facts = facts_of(file.model);
    if (json) return print_json_of(file, checks, facts);
    print(fmt::format("format      {}\nconfig      {}\n", name(file.format), config_text(c)));
    print(fmt::format("parameters  {}\nbytes       {}\n", grouped(parameter_count(c)),
                      grouped(file.file_bytes)));
    print(fmt::format("weights     {} bytes as float32, {} as int8, {} as int4\n",
                      grouped(weight_bytes(c, Rounding::none)), grouped(weight_bytes(c, Rounding::int8)),
                      grouped(weight_bytes(c, Rounding::int4))));
    for (const auto& [check, what] : checks) print(fmt::format("{:<11} {}\n", check, what));
    std::size_t width = 0;
    for (const TensorFacts& f : facts) width = std::max(width, f.tensor.size());
    print(fmt::format("\n{:<{}}  {:>11}  {:>9}  {}\n", "tensor", width, "shape", "bytes", "range and mean"));
    for (const TensorFacts& f : facts)
        print(fmt::format("{:<{}}  {:>5}x{:<5}  {:>9}  {:.4g} .. {:.4g}  mean {:.4g}\n", f.tensor, width,
                          f.spec.rows, f.spec.cols, grouped(f.bytes()), f.least, f.most, f.mean));
}

}  // namespace atome::cli
