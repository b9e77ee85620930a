// atome export: a model in another format, or as a C header.
#include <fmt/format.h>

#include <memory>

#include "atome/formats/atome_file.h"
#include "atome/formats/c_header.h"
#include "atome/formats/legacy.h"
#include "atome/formats/safetensors.h"
#include "native/files.h"
#include "native/model_file.h"
#include "native/terminal.h"

namespace atome::cli {
namespace {

// trit2 is the default: an engine that reads packed weights ran 10 to 25 % faster on it (x86-64, models of
// 60 thousand and 944 thousand weights), and trit5 files are 13 to 17 % smaller.
struct ExportOptions {
    ModelOptions model;
    std::string out;
    std::string format;
    std::string trits = "trit2";
    std::string c_header;
    std::string symbol = "atome_model";
    bool json = false;
};

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The format by the ending of the file's name.
std::string format_of(const std::string& path) {
    static constexpr std::pair<std::string_view, std::string_view> kEndings[] = {
        {".atome", "atome"},     {".atome01", "atome01"}, {".bin", "atome01"},
        {".atome02", "atome02"}, {".atomep3", "atomep3"}, {".safetensors", "safetensors"},
    };
    for (const auto& [ending, format] : kEndings)
        if (ends_with(path, ending)) return std::string(format);
    throw CLI::ValidationError(
        "--out " + path +
            ": the ending names no format: use .atome, .atome01, .atome02, .atomep3 or .safetensors, "
            "or give --format",
        CLI::ExitCodes::ValidationError);
}

std::vector<uint8_t> atome_bytes(const ModelFile& model, const ExportOptions& o) {
    std::vector<uint8_t> bytes;
    const Encoding trits = o.trits == "trit5" ? Encoding::trit5 : Encoding::trit2;
    require(write_atome(model.coded(), trits, &bytes), o.model.path);
    return bytes;
}

std::vector<uint8_t> convert(const ModelFile& model, const std::string& format, const ExportOptions& o) {
    std::vector<uint8_t> bytes;
    if (format == "atome") {
        bytes = atome_bytes(model, o);
    } else if (format == "safetensors") {
        // A float model keeps its weights; of a coded one they are scale * code.
        require(
            write_safetensors(model.shadow() ? *model.shadow() : dequantise(model.coded()), {}, {}, &bytes),
            o.model.path);
    } else {
        const LegacyFormat legacy = format == "atome01"   ? LegacyFormat::atome01
                                    : format == "atome02" ? LegacyFormat::atome02
                                                          : LegacyFormat::atomep3;
        require(write_legacy(model.coded(), legacy, &bytes), o.model.path);
    }
    return bytes;
}

void run(const ExportOptions& o) {
    const std::string format = o.out.empty() ? "" : o.format.empty() ? format_of(o.out) : o.format;
    for (const std::string& output : {o.out, o.c_header})
        if (!output.empty() && same_file(output, o.model.path))
            throw Failure(output + ": is the model that is read (give another name)");
    if (!o.out.empty() && !o.c_header.empty() && same_file(o.out, o.c_header))
        throw Failure(o.out + ": is both --out and --c-header (give two names)");

    // Everything is made before anything is written.
    const ModelFile model = ModelFile::load(o.model);
    std::vector<uint8_t> bytes;
    std::string header;
    if (!o.out.empty()) bytes = convert(model, format, o);
    if (!o.c_header.empty()) header = write_c_header(atome_bytes(model, o), model.config(), o.symbol);
    if (!o.out.empty()) write_file_atomic(o.out, bytes);
    if (!o.c_header.empty()) write_file_atomic(o.c_header, header);

    if (o.json) {
        Json json = {{"bytes", o.out.empty() ? header.size() : bytes.size()},
                     {"format", o.out.empty() ? "c-header" : format},
                     {"out", o.out.empty() ? o.c_header : o.out}};
        if (!o.out.empty() && !o.c_header.empty())
            json["c_header"] = {{"bytes", header.size()}, {"out", o.c_header}};
        print_json(json);
        return;
    }
    if (!o.out.empty())
        print(fmt::format("{}: {} bytes, {}\n", printable(o.out), grouped(bytes.size()), format));
    if (!o.c_header.empty())
        print(fmt::format("{}: {} bytes, C header\n", printable(o.c_header), grouped(header.size())));
}

}  // namespace

void add_export(CLI::App& app) {
    auto o = std::make_shared<ExportOptions>();
    CLI::App* command = app.add_subcommand("export", "Write a model in another format, or as a C header");
    add_model(*command, &o->model)->required();
    CLI::Option_group* outputs = command->add_option_group("Output", "at least one");
    outputs->add_option("--out", o->out, "the file to write")->type_name("FILE");
    outputs->add_option("--c-header", o->c_header, "the .atome bytes as a C array, for firmware")
        ->type_name("FILE");
    outputs->require_option(1, 2);
    command->add_option("--format", o->format, "the format of --out; otherwise its ending says it")
        ->check(CLI::IsMember({"atome", "atome01", "atome02", "atomep3", "safetensors"}));
    command
        ->add_option(
            "--trits", o->trits,
            "packing of ternary codes in .atome and C headers: trit2 (2 bits a code, decodes fastest) or "
            "trit5 (1.6 bits, smallest)")
        ->check(CLI::IsMember({"trit2", "trit5"}))
        ->capture_default_str();
    command->add_option("--symbol", o->symbol, "name of the C array")
        ->type_name("NAME")
        ->capture_default_str();
    add_quantizer(*command, &o->model.quantizer,
                  "ternary, power3, power3_pr or none, instead of the model's own; float models only");
    add_json(*command, &o->json);
    command->footer(
        "Example:\n  atome export model.safetensors --out model.atome --trits trit5\n"
        "  atome export model.safetensors --c-header model.h --symbol story_model");
    command->callback([o] { run(*o); });
}

}  // namespace atome::cli
