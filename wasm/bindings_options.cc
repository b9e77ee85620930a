// What can be chosen, and what is chosen where nothing is said.
#include <emscripten/bind.h>

#include "atome/kernels/registry.h"
#include "wasm/js_options.h"

namespace atome::wasm {
namespace {

std::string kernels_name() { return best_kernels().name; }

val defaults() {
    val v = val::object();
    v.set("config", to_js(Config{}));
    v.set("options", to_js(TrainOptions{}));
    return v;
}

val train_options() {
    constexpr const char* kKinds[] = {"whole", "real", "choice"};  // in the order of OptionKind
    val v = val::object(), list = val::array();
    for (const TrainOptionRow& row : train_option_rows()) {
        val entry = val::object(), choices = val::array();
        for (const std::string_view choice : row.choices) choices.call<void>("push", to_js(choice));
        entry.set("key", to_js(row.key));
        entry.set("kind", std::string(kKinds[static_cast<std::size_t>(row.kind)]));
        entry.set("least", row.range.closed_least());
        entry.set("most", row.range.closed_most());
        entry.set("choices", choices);
        entry.set("teacher", row.teacher);
        entry.set("help", to_js(row.help));
        entry.set("by_default", to_js(row.by_default));
        list.call<void>("push", entry);
    }
    v.set("options", list);
    return v;
}

}  // namespace

EMSCRIPTEN_BINDINGS(options) {
    using emscripten::function;
    function("kernels", &kernels_name);
    function("defaults", &defaults);
    function("trainOptions", &train_options);
}

}  // namespace atome::wasm
