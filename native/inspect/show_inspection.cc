#include <fmt/core.h>

#include <algorithm>

#include "atome/model/encodings.h"
#include "native/cli/terminal.h"
#include "native/inspect/inspect.h"

namespace atome::cli {
namespace {

constexpr std::size_t kLongestShown = 6;  // tokens

Json json_of(const TensorFacts& f) {
    Json json = {{"name", f.name},
                 {"rows", f.rows},
                 {"cols", f.cols},
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
    json["sparsity"] = static_cast<double>(f.counts.at(0)) / f.size();
    return json;
}

std::string hex(const std::string& text) {
    std::string digits;
    for (const char c : text) digits += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return digits;
}

void show_json(const Inspection& i) {
    Json list = Json::array(), passed = Json::object();
    for (const TensorFacts& f : i.tensors) list.push_back(json_of(f));
    for (const auto& [check, what] : i.checks) passed[check] = what;
    Json json = {{"format", name(i.format)}, {"config", i.config},       {"parameters", i.parameters},
                 {"bytes", i.file_bytes},    {"tokenizer", i.tokenizer}, {"vocabulary", Json::array()}};
    if (!i.merge_rule.empty()) json["merge_rule"] = i.merge_rule;
    for (const std::string& text : i.vocabulary) json["vocabulary"].push_back(hex(text));
    if (i.weight_bytes.empty())
        json.update({{"window", i.window}, {"codes", i.codes}, {"sparsity", i.sparsity}});
    for (const auto& [rounding, bytes] : i.weight_bytes) json["weight_bytes"][name(rounding)] = bytes;
    json.update({{"checks", passed}, {"tensors", list}});
    print_json(json);
}

// "pairs: 78 bytes, 177 merges, 435 bytes in the file; longest: ..."
std::string tokens_text(const Inspection& i) {
    if (i.vocabulary.empty()) return i.tokenizer;
    std::vector<std::string> longest = i.vocabulary;
    const auto bytes =
        std::count_if(longest.begin(), longest.end(), [](const auto& t) { return t.size() == 1; });
    longest.erase(std::remove_if(longest.begin(), longest.end(), [](const auto& t) { return t.size() < 2; }),
                  longest.end());
    std::string text = fmt::format("{}: {} bytes and {} merges by rule {}, a table of {} bytes", i.tokenizer,
                                   bytes, longest.size(), i.merge_rule, i.vocabulary_bytes);
    // Of equally long ones the earlier, which is the more frequent.
    std::stable_sort(longest.begin(), longest.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    longest.resize(std::min<std::size_t>(longest.size(), kLongestShown));
    for (std::size_t k = 0; k < longest.size(); k++)
        text += fmt::format("{}\"{}\"", k == 0 ? "; longest " : ", ", shown_text(longest[k]));
    return text;
}

std::string range_and_mean(const TensorFacts& f) {
    return fmt::format("{:.4g} .. {:.4g}  mean {:.4g}", f.least, f.most, f.mean);
}

std::string scale_and_codes(const TensorFacts& f) {
    std::string text = f.scales == 1 ? fmt::format("{:.5f} ", f.least)
                                     : fmt::format("{} of {:.5f} .. {:.5f} ", f.scales, f.least, f.most);
    for (const auto& [code, count] : f.counts)
        text += fmt::format(" {}{}:{:.1f}%", code > 0 ? "+" : "", code,
                            100 * static_cast<double>(count) / f.size());
    return text;
}

// "371,040 bytes as float32, 100,224 as int8, 54,144 as int4"; of a model that has codes "20,876 bytes".
std::string weights_text(const Inspection& i) {
    std::string text;
    for (const auto& [rounding, bytes] : i.weight_bytes) {
        if (!text.empty()) text += ", ";
        text += grouped(bytes) + (rounding == Rounding::none ? " bytes" : "");
        if (i.weight_bytes.size() > 1)
            text += fmt::format(" as {}", rounding == Rounding::none ? "float32" : name(rounding));
    }
    return text;
}

void show_text(const Inspection& i) {
    const bool gpt = !i.weight_bytes.empty();
    print(fmt::format("format      {}\nconfig      {}\n", name(i.format), i.config_text));
    print(fmt::format("parameters  {}", grouped(i.parameters)));
    if (!gpt) print(fmt::format(", of which {} codes, {:.1f}% zero", grouped(i.codes), 100 * i.sparsity));
    print(fmt::format("\nbytes       {}\n", grouped(i.file_bytes)));
    print(fmt::format("tokens      {}\n", tokens_text(i)));
    if (i.window) print(fmt::format("window      {} recommended\n", i.window));
    if (gpt) print(fmt::format("weights     {}\n", weights_text(i)));
    for (const auto& [check, what] : i.checks) print(fmt::format("{:<11} {}\n", check, what));
    std::size_t width = 0;
    for (const TensorFacts& f : i.tensors) width = std::max(width, f.name.size());
    // Of a GPT all are f32.
    print(fmt::format("\n{:<{}}  {:>11}  {}{:>9}  {}\n", "tensor", width, "shape", gpt ? "" : "as    ",
                      "bytes", gpt ? "range and mean" : "scale and codes, or range and mean"));
    for (const TensorFacts& f : i.tensors)
        print(fmt::format("{:<{}}  {:>5}x{:<5}  {}{:>9}  {}\n", f.name, width, f.rows, f.cols,
                          gpt ? "" : fmt::format("{:<5} ", name(f.encoding)), grouped(f.bytes),
                          f.counts.empty() ? range_and_mean(f) : scale_and_codes(f)));
}

}  // namespace

void show_inspection(const Inspection& inspection, bool as_json) {
    as_json ? show_json(inspection) : show_text(inspection);
}

}  // namespace atome::cli
