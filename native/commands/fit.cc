// atome fit: which boards a model fits, existing or planned.
#include <fmt/core.h>

#include <memory>
#include <sstream>

#include "atome/deploy/fit.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

struct FitOptions {
    ModelOptions model;
    std::optional<Quantizer> quantizer;
    uint8_t disabled = 0;
    std::vector<uint32_t> windows = {16, 32, 64, 128, 256};
    bool json = false;
};

// What a model asks of a chip.
struct Needs {
    FlashBytes flash;
    std::vector<std::pair<uint32_t, uint64_t>> ram;  // window, bytes of arena
};

Needs needs_of(const ModelFile& model, const FitOptions& o) {
    Needs needs;
    require(flash_bytes(model.coded(), &needs.flash), "model");
    for (const uint32_t window : o.windows) needs.ram.emplace_back(window, ram_bytes(model.view(), window));
    return needs;
}

std::string kilobytes(uint64_t bytes) { return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024); }

void show_json(const ModelFile& model, const Needs& needs, const std::vector<Fit>& fits) {
    Json ram = Json::array(), list = Json::array();
    for (const auto& [window, bytes] : needs.ram) ram.push_back({{"window", window}, {"bytes", bytes}});
    for (const Fit& f : fits)
        list.push_back({{"name", f.board->name},
                        {"chip", f.board->chip},
                        {"core", f.board->core},
                        {"flash", f.board->flash_kb * 1024},
                        {"ram", f.board->ram_kb * 1024},
                        {"fits", f.fits()},
                        {"packing", f.packing},
                        {"window", f.fits() ? f.window : 0},
                        {"note", f.board->note}});
    print_json({{"config", config_json(model.config())},
                {"parameters", parameter_count(model.config())},
                {"flash", {{"trit2", needs.flash.trit2}, {"trit5", needs.flash.trit5}}},
                {"ram", ram},
                {"boards", list}});
}

void show_text(const ModelFile& model, const Needs& needs, const std::vector<Fit>& fits) {
    print(fmt::format("model   {}, {} parameters\n", config_text(model.config()),
                      grouped(parameter_count(model.config()))));
    // Only ternary codes can be packed in two ways.
    const std::string other = needs.flash.trit5 == needs.flash.trit2
                                  ? std::string()
                                  : fmt::format(" with trit2, {} with trit5", kilobytes(needs.flash.trit5));
    print(fmt::format("flash   {} as .atome{}; the engine's code not counted\n", kilobytes(needs.flash.trit2),
                      other));
    print("RAM     ");
    for (const auto& [window, bytes] : needs.ram) print(fmt::format("{}: {}   ", window, kilobytes(bytes)));
    print("by attention window; the stack not counted\n\n");
    print(fmt::format("{:<21} {:<12} {:<12} {:>8} {:>7}  {}\n", "board", "chip", "core", "flash", "RAM",
                      "largest window"));
    for (const Fit& f : fits) {
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

void run(const FitOptions& o) {
    const bool planned = o.model.path.empty();
    if (planned && !o.model.dimensions.any())
        throw UsageError("MODEL, or the dimensions of one (--d-model, --n-layers...), is required");
    Config config = o.model.dimensions.config();
    config.quantizer = o.quantizer.value_or(Quantizer::ternary);
    config.disabled = o.disabled;
    if (planned) require(validate(config), "the dimensions given");
    const ModelFile model =
        planned ? ModelFile::from(blank_model(config), "the dimensions given") : ModelFile::load(o.model);
    const Needs needs = needs_of(model, o);
    std::vector<Fit> fits;
    for (const Board& board : boards()) fits.push_back(fit_board(model.view(), needs.flash, board));
    if (o.json)
        show_json(model, needs, fits);
    else
        show_text(model, needs, fits);
}

}  // namespace

void add_fit(App& app) {
    auto o = std::make_shared<FitOptions>();
    App command = app.add_subcommand("fit", "Flash and RAM of a model against a table of boards");
    add_model_path(command, &o->model);
    add_dimensions(command, &o->model.dimensions, "--top-k", true);
    command
        .add_option(
            "--window",
            [o](const std::string& list) {
                o->windows.clear();
                std::istringstream words(list.empty() ? "," : list);
                for (std::string word; std::getline(words, word, ',');)
                    o->windows.push_back(
                        static_cast<uint32_t>(parse_whole("--window", word, 1, Limits::window)));
            },
            "attention windows to tell the RAM for")
        .type_name("N,N...")
        .default_str("16,32,64,128,256");
    add_quantizer(command, &o->quantizer, std::string(quantizer_choices().view())).group(kPlannedModel);
    command
        .add_option(
            "--disable-pathways",
            [o](const std::string& list) {
                if (const Status status = parse_disabled(list, &o->disabled); !status.ok())
                    throw UsageError("--disable-pathways: " + std::string(status.message()));
            },
            "local, state, sparse: a comma-separated list")
        .type_name("LIST")
        .group(kPlannedModel);
    add_json(command, &o->json);
    command.footer(
        "Flash is the .atome file, RAM the engine's arena with the weights left packed in flash; the code "
        "and\n"
        "the stack come on top.\n\n"
        "Example:\n  atome fit model.atome\n  atome fit --d-model 64 --n-layers 4 --d-head 16");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
