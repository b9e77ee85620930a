// What can be chosen, and what is chosen where nothing is said.
#include <emscripten/bind.h>

#include "atome/kernels/registry.h"
#include "atome/train/recipe.h"
#include "wasm/js_options.h"

namespace atome::wasm {
namespace {

std::string kernels_name() { return best_kernels().name; }

val defaults() {
    return object({{"config", to_js(recommended_model())}, {"options", to_js(TrainOptions{})}});
}

val train_options() {
    constexpr const char* kKinds[] = {"whole", "real", "choice"};  // in the order of OptionKind
    const auto entry = [&](const TrainOptionRow& row) {
        return object(
            {{"key", row.key},
             {"kind", kKinds[static_cast<std::size_t>(row.kind)]},
             {"least", row.range.closed_least()},
             {"most", row.range.closed_most()},
             {"choices", list_of(row.choices, [](std::string_view choice) { return to_js(choice); })},
             {"teacher", row.teacher},
             {"help", row.help},
             {"by_default", row.by_default}});
    };
    return object({{"options", list_of(train_option_rows(), entry)}});
}

val config_fields() {
    const auto entry = [](const ConfigField<Config>& f) {
        return object({{"key", f.name},
                       {"kind", f.is_set   ? "set"
                                : f.choice ? "choice"
                                           : "whole"},
                       {"least", f.least},
                       {"most", f.most},
                       {"choices", choices_of(f)},
                       {"teacher", false},
                       {"help", f.help},
                       {"letter", f.letter},
                       {"by_default", ""}});
    };
    return object({{"options", list_of(fields(Config()), entry)}});
}

// One encoding: its codes from the largest, and the bits that stand for each.
val encoding_row(Encoding encoding) {
    return with_encoding(encoding, [](auto row) {
        val codes = val::array(), patterns = val::array();
        for (int code = INT8_MAX; code >= INT8_MIN; code--) {
            if (!row.holds(code)) continue;
            codes.call<void>("push", code);
            patterns.call<void>("push", row.pattern(code));
        }
        return object({{"name", row.name},
                       {"about", row.about},
                       {"bits", row.kBitsEach},
                       {"codes", codes},
                       {"patterns", patterns}});
    });
}

val encodings() {
    val list = val::array();
    for (unsigned i = 1; i <= static_cast<unsigned>(kLastOfMatrices); i++)
        list.call<void>("push", encoding_row(static_cast<Encoding>(i)));
    return object({{"encodings", list}});
}

}  // namespace

EMSCRIPTEN_BINDINGS(options) {
    using emscripten::function;
    function("kernels", &kernels_name);
    function("defaults", &defaults);
    function("trainOptions", &train_options);
    function("configFields", &config_fields);
    function("encodings", &encodings);
}

}  // namespace atome::wasm
