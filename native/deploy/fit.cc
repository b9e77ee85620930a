#include "native/deploy/fit.h"

#include <fmt/core.h>

#include "atome/infer/fixed/plan.h"
#include "atome/train/recipe.h"
#include "native/cli/terminal.h"

namespace atome::cli {
namespace {

std::string kilobytes(uint64_t bytes) { return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024); }

void show_json(const FitReport& r) {
    Json ram = Json::array(), list = Json::array();
    for (const auto& [window, bytes] : r.ram) ram.push_back({{"window", window}, {"bytes", bytes}});
    for (const Fit& f : r.boards)
        list.push_back({{"name", f.board->name},
                        {"chip", f.board->chip},
                        {"core", f.board->core},
                        {"flash", f.board->flash_kb * 1024},
                        {"ram", f.board->ram_kb * 1024},
                        {"fits", f.fits()},
                        {"packing", f.packing},
                        {"window", f.fits() ? f.window : 0},
                        {"note", f.board->note}});
    print_json({{"config", config_json(r.config)},
                {"parameters", parameter_count(r.config)},
                {"flash", {{"trit2", r.flash.trit2}, {"trit5", r.flash.trit5}}},
                {"engine", r.fixed ? "fixed" : "float"},
                {"beside", {{"code", beside_model(r.fixed).code}, {"ram", beside_model(r.fixed).ram}}},
                {"ram", ram},
                {"boards", list}});
}

void show_text(const FitReport& r) {
    print(fmt::format("model   {}, {} parameters\n", config_text(r.config),
                      grouped(parameter_count(r.config))));
    // Only ternary codes can be packed in two ways.
    const std::string other = r.flash.trit5 == r.flash.trit2
                                  ? std::string()
                                  : fmt::format(" with trit2, {} with trit5", kilobytes(r.flash.trit5));
    print(fmt::format("flash   {} as .atome{}, and {} of code\n", kilobytes(r.flash.trit2), other,
                      kilobytes(beside_model(r.fixed).code)));
    print("RAM     ");
    for (const auto& [window, bytes] : r.ram) print(fmt::format("{}: {}   ", window, kilobytes(bytes)));
    print(fmt::format("by attention window, and {} of stack and statics\n\n",
                      kilobytes(beside_model(r.fixed).ram)));
    print(fmt::format("{:<21} {:<12} {:<12} {:>8} {:>7}  {}\n", "board", "chip", "core", "flash", "RAM",
                      "largest window"));
    for (const Fit& f : r.boards) {
        const Board& b = *f.board;
        std::string answer;
        if (!b.runs)
            answer = "no";
        else if (!*f.packing)
            answer = "no: flash";
        else if (f.window == 0)
            answer = "no: RAM";
        else
            answer =
                fmt::format("{}{}", f.window, std::string_view(f.packing) == "trit5" ? " with trit5" : "");
        if (*b.note) answer += fmt::format("  ({})", b.note);
        print(fmt::format("{:<21} {:<12} {:<12} {:>5} KB {:>4} KB  {}\n", b.name, b.chip, b.core, b.flash_kb,
                          b.ram_kb, answer));
    }
}

}  // namespace

FitReport fit(const FitOptions& o) {
    const bool planned = o.model.path.empty();
    if (planned && !o.model.dimensions.any())
        throw UsageError("MODEL, or the dimensions of one (--d-model, --n-layers...), is required");
    const Config config = o.model.dimensions.over(recommended_model());
    if (planned) require(validate(config), "the dimensions given");
    const ModelFile model =
        planned ? ModelFile::from(blank_model(config), "the dimensions given") : ModelFile::load(o.model);
    FitReport r;
    r.config = model.config();
    require(flash_bytes(model.coded(), &r.flash), "model");
    if (o.fixed)
        require(fixed::can_be_fixed(model.config()), planned ? "the dimensions given" : o.model.path);
    r.fixed = o.fixed;
    for (const uint32_t window : o.windows)
        r.ram.emplace_back(window, ram_bytes(model.view(), window, o.fixed));
    for (const Board& board : boards()) r.boards.push_back(fit_board(model.view(), r.flash, board, o.fixed));
    return r;
}

void show_fit(const FitReport& report, bool as_json) { as_json ? show_json(report) : show_text(report); }

}  // namespace atome::cli
