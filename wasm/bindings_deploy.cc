// From a model to a chip: files, C sources, and which boards have room.
#include <emscripten/bind.h>

#include "atome/deploy/boards.h"
#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/deploy/main_c.h"
#include "wasm/handles.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"

namespace atome::wasm {
namespace {

// The program that goes with a C header; options as `atome export --main-c` has them.
Status main_c(const Model& m, const val& options, const std::string& symbol, std::string* out) {
    MainCOptions o;
    o.symbol = symbol;
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
    ATOME_FIND(models, m);
    std::string format = "atome", trits = "trit2", symbol = "model_blob";
    Fields f(options);
    f.read("format", &format);
    f.read("trits", &trits);
    f.read("symbol", &symbol);
    if (trits != "trit2" && trits != "trit5") f.wrong("trits", "trit2 or trit5");
    ATOME_JS_TRY(f.status());
    std::string text;
    if (format == "main-c") {
        ATOME_JS_TRY(main_c(*m, options, symbol, &text));
        return bytes_result({text.begin(), text.end()});
    }
    const bool c_header = format == "c-header";
    std::vector<uint8_t> bytes;
    ATOME_JS_TRY(export_model(*m, c_header ? "atome" : format,
                              trits == "trit5" ? Encoding::trit5 : Encoding::trit2, &bytes));
    if (!c_header) return bytes_result(bytes);
    text = write_c_header(bytes, m->config(), symbol);
    return bytes_result({text.begin(), text.end()});
}

val board_entry(const Fit& fitted) {
    const Board& b = *fitted.board;
    val entry = val::object();
    entry.set("name", std::string(b.name));
    entry.set("chip", std::string(b.chip));
    entry.set("core", std::string(b.core));
    entry.set("flash", b.flash_kb * 1024);
    entry.set("ram", b.ram_kb * 1024);
    entry.set("fits", fitted.fits());
    entry.set("packing", std::string(fitted.packing));
    entry.set("window", fitted.fits() ? fitted.window : 0);
    entry.set("note", std::string(b.note));
    return entry;
}

// A model of this configuration before there is one.
Status plan(const val& config, std::shared_ptr<Model>* out) {
    Config c;
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
    val v = val::object(), ram = val::array(), list = val::array();
    v.set("config", to_js(m->config()));
    v.set("parameters", static_cast<double>(parameter_count(m->config())));
    v.set("flash", to_js(flash));
    Fields f(windows);
    for (int i = 0; i < windows["length"].as<int>(); i++) {
        uint32_t window = 0;
        f.read(std::to_string(i).c_str(), &window);
        if (window < 1 || window > Limits::window) f.wrong("windows", "whole numbers, 1..65536");
        ATOME_JS_TRY(f.status());
        val entry = val::object();
        entry.set("window", window);
        entry.set("bytes", static_cast<double>(ram_bytes(m->view, window)));
        ram.call<void>("push", entry);
    }
    v.set("ram", ram);
    for (const Board& b : boards()) list.call<void>("push", board_entry(fit_board(m->view, flash, b)));
    v.set("boards", list);
    return v;
}

}  // namespace

EMSCRIPTEN_BINDINGS(deploy) {
    using emscripten::function;
    function("exportBytes", &export_bytes);
    function("fit", &fit);
}

}  // namespace atome::wasm
