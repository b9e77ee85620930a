#include "native/deploy/export.h"

#include <fmt/core.h>

#include <filesystem>

#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/model_tensors.h"
#include "atome/quant/coded_model.h"
#include "native/io/files.h"
#include "native/model/fixed_plan.h"

namespace atome::cli {
namespace {

// The format by the ending of the file's name.
std::string format_of(const std::string& path) {
    static constexpr std::pair<std::string_view, std::string_view> kEndings[] = {
        {".atome", "atome"},     {".atome01", "atome01"}, {".bin", "atome01"},
        {".atome02", "atome02"}, {".atomep3", "atomep3"}, {".safetensors", "safetensors"},
    };
    for (const auto& [ending, format] : kEndings)
        if (path.size() > ending.size() && path.ends_with(ending)) return std::string(format);
    throw UsageError(
        "--out " + path +
        ": the ending names no format: use .atome, .atome01, .atome02, .atomep3 or .safetensors, "
        "or give --format");
}

std::vector<uint8_t> atome_bytes(const CodedModel& coded, const ExportOptions& o) {
    std::vector<uint8_t> bytes;
    const Encoding trits = o.trits == "trit5" ? Encoding::trit5 : Encoding::trit2;
    require(write_atome(coded, trits, &bytes), o.model.path);
    return bytes;
}

std::vector<uint8_t> convert(const ModelFile& model, const CodedModel& coded, const std::string& format,
                             const ExportOptions& o) {
    std::vector<uint8_t> bytes;
    if (format == "atome") {
        bytes = atome_bytes(coded, o);
    } else if (format == "safetensors") {
        // A float model keeps its weights; of a coded one they are scale * code.
        require(write_safetensors(model.shadow() ? *model.shadow() : dequantise(coded), {}, {}, &bytes),
                o.model.path);
    } else {
        const LegacyFormat legacy = format == "atome01"   ? LegacyFormat::atome01
                                    : format == "atome02" ? LegacyFormat::atome02
                                                          : LegacyFormat::atomep3;
        require(write_legacy(coded, legacy, &bytes), o.model.path);
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

}  // namespace

Exported export_model(const ExportOptions& o) {
    Exported e;
    if (!o.out.empty()) e.format = o.format.empty() ? format_of(o.out) : o.format;
    refuse_shared_names(o);
    if (o.fixed && !o.out.empty() && e.format != "atome")
        throw UsageError(o.out + ": only .atome files hold what --engine fixed needs");

    const ModelFile model = ModelFile::load(o.model);
    CodedModel coded = model.coded();
    if (o.fixed) coded.fixed_plan = fixed_plan(model, o.model.path, o.calibrate);
    std::vector<uint8_t> bytes;
    std::string header, program;
    if (!o.out.empty()) bytes = convert(model, coded, e.format, o);
    if (!o.c_header.empty()) header = write_c_header(atome_bytes(coded, o), model.config(), o.symbol);
    if (!o.main_c.empty()) {
        MainCOptions options = o.program;
        options.header = std::filesystem::path(o.c_header).filename().string();
        options.symbol = o.symbol;
        options.fixed = o.fixed;
        options.window = e.window = o.window.value_or(model.window_or(256));
        require(write_main_c(model.view(), options, &program), "--main-c");
        e.arena_bytes = ram_bytes(model.view(), e.window, o.fixed);
    }
    if (!o.out.empty()) write_file_atomic(o.out, bytes);
    if (!o.c_header.empty()) write_file_atomic(o.c_header, header);
    if (!o.main_c.empty()) write_file_atomic(o.main_c, program);
    e.out_bytes = bytes.size();
    e.c_header_bytes = header.size();
    e.main_c_bytes = program.size();
    return e;
}

}  // namespace atome::cli
