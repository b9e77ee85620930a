// Results that several functions give.
#pragma once

#include "atome/deploy/fit.h"
#include "wasm/js_values.h"
#include "wasm/models.h"

namespace atome::wasm {

// Of a vocabulary's table, in the words of the training option.
inline const char* tokenizer_of(const std::vector<uint8_t>& table) {
    return table.empty() ? "bytes" : "pairs";
}

inline val to_js(const FlashBytes& flash) { return object({{"trit2", flash.trit2}, {"trit5", flash.trit5}}); }

// How often each code of a tensor occurs (the ternary ones always, the others where they do), and the share
// of zeros.
inline void set_code_counts(val* v, const CodeCounts& counts) {
    val histogram = val::object();
    for (int code = -CodeCounts::kMost; code <= CodeCounts::kMost; code++)
        if (counts[code] || (code >= -1 && code <= 1)) histogram.set(code, counts[code]);
    v->set("histogram", histogram);
    v->set("sparsity", static_cast<double>(counts[0]) / static_cast<double>(counts.total()));
}

}  // namespace atome::wasm
