// Texts to train on.
#include <emscripten/bind.h>

#include "atome/corpus/corpus.h"
#include "wasm/js_values.h"
#include "wasm/models.h"

namespace atome::wasm {
namespace {

val corpus_presets() {
    return object(
        {{"presets", list_of(corpus::presets(), [](const corpus::Preset& p) {
              return object({{"name", p.name}, {"title", p.title}, {"about", p.about}, {"prompt", p.prompt}});
          })}});
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
    return object({{"bytes", bytes_of(preset->write(bytes, seed))}});
}

}  // namespace

EMSCRIPTEN_BINDINGS(corpus) {
    using emscripten::function;
    function("corpusPresets", &corpus_presets);
    function("corpusText", &corpus_text);
}

}  // namespace atome::wasm
