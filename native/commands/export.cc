// atome export: a model in another format, or as a C header and the program around it.
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/deploy/main_c.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/model_tensors.h"
#include "atome/quant/coded_model.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/io/files.h"
#include "native/io/model_file.h"

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
    std::string symbol = "model_blob";
    std::string main_c;
    MainCOptions program;
    std::optional<uint32_t> window;
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
    throw UsageError(
        "--out " + path +
        ": the ending names no format: use .atome, .atome01, .atome02, .atomep3 or .safetensors, "
        "or give --format");
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

// Every file that is written is another one, and none is the model.
void refuse_shared_names(const ExportOptions& o) {
    const std::pair<const char*, const std::string&> outputs[] = {
        {"--out", o.out}, {"--c-header", o.c_header}, {"--main-c", o.main_c}};
    for (const auto& [option, path] : outputs) {
        if (path.empty()) continue;
        if (same_file(path, o.model.path))
            throw Failure(path + ": is the model that is read (give another name)");
        for (const auto& [other_option, other_path] : outputs) {
            if (other_option == option) break;
            if (!other_path.empty() && same_file(path, other_path))
                throw Failure(
                    fmt::format("{}: is both {} and {} (give two names)", path, other_option, option));
        }
    }
}

void run(const ExportOptions& o) {
    const std::string format = o.out.empty() ? "" : o.format.empty() ? format_of(o.out) : o.format;
    refuse_shared_names(o);

    // Everything is made before anything is written.
    const ModelFile model = ModelFile::load(o.model);
    std::vector<uint8_t> bytes;
    std::string header, program;
    MainCOptions options = o.program;
    if (!o.out.empty()) bytes = convert(model, format, o);
    if (!o.c_header.empty()) header = write_c_header(atome_bytes(model, o), model.config(), o.symbol);
    if (!o.main_c.empty()) {
        options.header = std::filesystem::path(o.c_header).filename().string();
        options.symbol = o.symbol;
        options.window = o.window.value_or(model.window_or(256));
        require(write_main_c(model.view(), options, &program), "--main-c");
    }
    if (!o.out.empty()) write_file_atomic(o.out, bytes);
    if (!o.c_header.empty()) write_file_atomic(o.c_header, header);
    if (!o.main_c.empty()) write_file_atomic(o.main_c, program);
    const uint64_t arena = o.main_c.empty() ? 0 : ram_bytes(model.view(), options.window);

    if (o.json) {
        Json json = {{"bytes", o.out.empty() ? header.size() : bytes.size()},
                     {"format", o.out.empty() ? "c-header" : format},
                     {"out", o.out.empty() ? o.c_header : o.out}};
        if (!o.out.empty() && !o.c_header.empty())
            json["c_header"] = {{"bytes", header.size()}, {"out", o.c_header}};
        if (!o.main_c.empty())
            json["main_c"] = {{"bytes", program.size()},
                              {"out", o.main_c},
                              {"window", options.window},
                              {"arena_bytes", arena}};
        print_json(json);
        return;
    }
    if (!o.out.empty())
        print(fmt::format("{}: {} bytes, {}\n", printable(o.out), grouped(bytes.size()), format));
    if (!o.c_header.empty())
        print(fmt::format("{}: {} bytes, C header\n", printable(o.c_header), grouped(header.size())));
    if (!o.main_c.empty())
        print(fmt::format("{}: {} bytes, C program; at a window of {} the engine needs {} bytes of RAM\n",
                          printable(o.main_c), grouped(program.size()), options.window, grouped(arena)));
}

// The program that goes with the header; options as `atome generate` has them.
void add_main_c(App& command, App& outputs, const std::shared_ptr<ExportOptions>& o) {
    Option main_c =
        outputs
            .add_option("--main-c", &o->main_c,
                        "a complete C program for the chip, which includes the header and sends text to the "
                        "serial port; give --c-header too")
            .type_name("FILE");
    const auto add = [main_c](Option option) {
        option.needs(main_c).group("For --main-c: what the program writes");
    };
    MainCOptions& p = o->program;
    add(command.add_option("--prompt", &p.prompt, "the text to continue; empty: a new line").type_name("S"));
    add(add_whole(command, "-n", &p.n, 1, 1000000000, "bytes to make"));
    add(add_real(command, "--temperature", &p.sampling.temperature, 0, 100,
                 "0 always takes the most probable byte; else 0.01..100"));
    add(add_real(command, "--top-p", &p.sampling.top_p, 0, 1,
                 "keep the fewest bytes whose probabilities reach this; above 0, at most 1"));
    // --top-k is the model's.
    add(add_whole(command, "--sampling-top-k", &p.sampling.top_k, 0, 256,
                  "keep this many most probable bytes; 0 keeps all"));
    add(add_whole(command, "--seed", &p.sampling.seed, 0, std::numeric_limits<uint64_t>::max(),
                  "the same seed gives the same bytes"));
    add(add_whole(command, "--window", &o->window, 1, Limits::window,
                  "positions that attention sees; RAM grows with it")
            .default_str("the model's, else 256"));
}

}  // namespace

void add_export(App& app) {
    auto o = std::make_shared<ExportOptions>();
    App command = app.add_subcommand("export", "Write a model in another format, or as C for a chip");
    add_model(command, &o->model).required();
    App outputs = command.add_option_group("Output", "at least one", 1, 3);
    outputs.add_option("--out", &o->out, "the file to write").type_name("FILE");
    outputs.add_option("--c-header", &o->c_header, "the .atome bytes as a C array, for firmware")
        .type_name("FILE");
    add_main_c(command, outputs, o);
    command.add_option("--format", &o->format, "the format of --out; otherwise its ending says it")
        .one_of({"atome", "atome01", "atome02", "atomep3", "safetensors"});
    command
        .add_option(
            "--trits", &o->trits,
            "packing of ternary codes in .atome and C headers: trit2 (2 bits a code, decodes fastest) or "
            "trit5 (1.6 bits, smallest)")
        .one_of({"trit2", "trit5"});
    command.add_option("--symbol", &o->symbol, "name of the C array").type_name("NAME");
    add_quantizer(
        command, &o->model.quantizer,
        fmt::format("{}, instead of the model's own; float models only", quantizer_choices().view()));
    add_json(command, &o->json);
    command.footer(
        "Example:\n  atome export model.safetensors --out model.atome --trits trit5\n"
        "  atome export model.safetensors --c-header model.h --symbol story_model\n"
        "  atome export model.safetensors --c-header model.h --main-c main.c --prompt \"Once\" --window 32");
    command.callback([o] {
        if (!o->main_c.empty() && o->c_header.empty())
            throw UsageError("--main-c includes the header, so --c-header FILE is required");
        if (const Status status = validate(o->program.sampling); !status.ok())
            throw UsageError(std::string(status.message()));
        run(*o);
    });
}

}  // namespace atome::cli
