// From a model to a chip: files, C sources, and which boards have room.
#include <emscripten/bind.h>

#include "atome/deploy/boards.h"
#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/deploy/main_c.h"
#include "atome/train/recipe.h"
#include "wasm/handles.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"

namespace atome::wasm {
namespace {

// The program that goes with a C header; options as `atome export --main-c` has them.
Status main_c(const Model& m, const val& options, const std::string& symbol, bool fixed, std::string* out) {
    MainCOptions o;
    o.symbol = symbol;
    o.fixed = fixed;
    o.window = m.window_or(256);
    Fields f(options);
    f.read("header", &o.header);
    f.read("n", &o.n);
    f.read("window", &o.window);
    if (f.has("prompt")) {
        const std::vector<uint8_t> prompt = bytes_from(f["prompt"]);
        o.prompt.assign(prompt.begin(), prompt.end());
    }
    ATOME_TRY(f.status());
    ATOME_TRY(read_sampling(options, &o.sampling));
    return write_main_c(m.view, o, out);
}

val export_bytes(int handle, const val& options) {
    ATOME_FIND(models, given);
    std::string format = "atome", trits = "trit2", symbol = "model_blob";
    Fields f(options);
    f.read("format", &format);
    f.read("trits", &trits);
    f.read("symbol", &symbol);
    if (trits != "trit2" && trits != "trit5") f.wrong("trits", "trit2 or trit5");
    const bool c_header = format == "c-header", main = format == "main-c";
    bool fixed = false;
    ATOME_JS_TRY(read_fixed(options, &fixed));
    if (fixed && !c_header && !main && format != "atome")
        f.wrong("engine", "float, or one of the formats atome, c-header, main-c");
    ATOME_JS_TRY(f.status());
    std::shared_ptr<const Model> m = given;
    if (fixed) ATOME_JS_TRY(with_fixed_plan(m, &m));
    if (main) {
        std::string text;
        ATOME_JS_TRY(main_c(*m, options, symbol, fixed, &text));
        return object({{"bytes", bytes_of(text)}});
    }
    std::vector<uint8_t> bytes;
    ATOME_JS_TRY(export_model(*m, c_header ? "atome" : format,
                              trits == "trit5" ? Encoding::trit5 : Encoding::trit2, &bytes));
    if (!c_header) return object({{"bytes", bytes}});
    return object({{"bytes", bytes_of(write_c_header(bytes, m->config(), symbol))}});
}

val board_entry(const Fit& fitted) {
    const Board& b = *fitted.board;
    return object({{"name", b.name},
                   {"chip", b.chip},
                   {"core", b.core},
                   {"flash", b.flash_kb * 1024},
                   {"ram", b.ram_kb * 1024},
                   {"fits", fitted.fits()},
                   {"packing", fitted.packing},
                   {"window", fitted.fits() ? fitted.window : 0},
                   {"note", b.note}});
}

val ram_entry(const ModelView& model, uint32_t window) {
    const ArenaParts parts = ram_parts(model, window);
    return object({{"window", window},
                   {"bytes", parts.total()},
                   {"parts", object({{"local", parts.local},
                                     {"state", parts.state},
                                     {"sparse", parts.sparse},
                                     {"logits", parts.logits},
                                     {"work", parts.work}})}});
}

// A model of this configuration before there is one.
Status plan(const val& config, std::shared_ptr<Model>* out) {
    Config c = recommended_model();
    ATOME_TRY(read_config(config, &c));
    if (parameter_count(c) > kMaxFileBytes)
        return Status::error(Code::out_of_memory, "a model of ", parameter_count(c),
                             " parameters: use at most ", kMaxFileBytes);
    std::unique_ptr<Model> blank;
    ATOME_TRY(model_of_codes(blank_model(c), &blank));
    *out = std::move(blank);
    return {};
}

// Of a model (handle > 0) or of a configuration.
val fit(int handle, const val& config, const val& windows) {
    std::shared_ptr<Model> m;
    ATOME_JS_TRY(handle > 0 ? models.find(handle, &m) : plan(config, &m));
    FlashBytes flash;
    ATOME_JS_TRY(flash_bytes(m->coded, &flash));
    val ram = val::array();
    Fields f(windows);
    for (int i = 0; i < windows["length"].as<int>(); i++) {
        uint32_t window = 0;
        f.read(std::to_string(i).c_str(), &window);
        if (window < 1 || window > Limits::window) f.wrong("windows", "whole numbers, 1..65536");
        ATOME_JS_TRY(f.status());
        ram.call<void>("push", ram_entry(m->view, window));
    }
    return object({{"config", to_js(m->config())},
                   {"parameters", parameter_count(m->config())},
                   {"flash", to_js(flash)},
                   {"ram", ram},
                   {"boards", list_of(boards(), [&](const Board& b) {
                        return board_entry(fit_board(m->view, flash, b));
                    })}});
}

}  // namespace

EMSCRIPTEN_BINDINGS(deploy) {
    using emscripten::function;
    function("exportBytes", &export_bytes);
    function("fit", &fit);
}

}  // namespace atome::wasm
