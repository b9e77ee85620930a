// Texts to train on.
#include <emscripten/bind.h>

#include "atome/corpus/corpus.h"
#include "wasm/js_values.h"
#include "wasm/models.h"

namespace atome::wasm {
namespace {

val corpus_presets() {
    val v = val::object(), list = val::array();
    for (const corpus::Preset& p : corpus::presets()) {
        val entry = val::object();
        entry.set("name", to_js(p.name));
        entry.set("title", to_js(p.title));
        entry.set("about", to_js(p.about));
        entry.set("prompt", to_js(p.prompt));
        list.call<void>("push", entry);
    }
    v.set("presets", list);
    return v;
}

val corpus_text(const std::string& preset_name, const val& options) {
    uint32_t bytes = 1'000'000;
    uint64_t seed = 0;
    Fields f(options);
    f.read("bytes", &bytes);
    f.read("seed", &seed);
    if (bytes > kMaxFileBytes) f.wrong("bytes", "at most 33554432");
    ATOME_JS_TRY(f.status());
    const corpus::Preset* preset = corpus::find_preset(preset_name);
    if (!preset)
        return failed(Status::error(Code::bad_argument, "unknown preset '",
                                    std::string_view(preset_name).substr(0, 32), "': see corpusPresets()"));
    const std::string text = preset->write(bytes, seed);
    return bytes_result({text.begin(), text.end()});
}

}  // namespace

EMSCRIPTEN_BINDINGS(corpus) {
    using emscripten::function;
    function("corpusPresets", &corpus_presets);
    function("corpusText", &corpus_text);
}

}  // namespace atome::wasm
