// Options that several commands share, and numbers that are read strictly: decimal, whole, in range.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "atome/infer/sampler.h"
#include "atome/kernels/kernels.h"
#include "atome/model/config.h"
#include "native/cli/app.h"
#include "native/io/failure.h"

namespace atome::cli {

// The number in `text`, or UsageError naming the option, the text and the range.
uint64_t parse_whole(const std::string& option, const std::string& text, uint64_t least, uint64_t most);
double parse_real(const std::string& option, const std::string& text, double least, double most);

namespace detail {
inline std::string shown(uint64_t value) { return std::to_string(value); }
inline std::string shown(const std::optional<uint32_t>& value) { return value ? std::to_string(*value) : ""; }
}  // namespace detail

// An option for a whole number. T is uint32_t, uint64_t or std::optional<uint32_t>; what `value` holds is
// shown as the default.
template <class T>
Option add_whole(App& app, const std::string& names, T* value, uint64_t least, uint64_t most,
                 const std::string& what) {
    const std::string option = names.substr(0, names.find(','));
    Option o = app.add_option(
        names,
        [=](const std::string& text) {
            if constexpr (std::is_same_v<T, uint64_t>)
                *value = parse_whole(option, text, least, most);
            else
                *value = static_cast<uint32_t>(parse_whole(option, text, least, most));
        },
        what);
    return o.type_name("N").default_str(detail::shown(*value));
}

// The same for a real number; NaN and infinity are out of every range.
Option add_real(App& app, const std::string& names, float* value, double least, double most,
                const std::string& what);

// --json
void add_json(App& app, bool* json);
// --kernels; checks the name while the command line is read. Null: the best.
void add_kernels(App& app, const Kernels** kernels);
// --window; empty: the command's own default.
void add_window(App& app, std::optional<uint32_t>* window, const std::string& default_text);
// --temperature --top-p --top-k --seed
void add_sampling(App& app, SamplerOptions* options);
// --quantizer
Option add_quantizer(App& app, std::optional<Quantizer>* quantizer, const std::string& what);
// --disable-pathways; the mask of Config::disabled.
Option add_disabled(App& app, std::optional<uint8_t>* disabled);

// The dimensions of a model. The commands that read models use them for legacy files, which do not hold
// them; `fit` for a model that does not exist yet.
struct Dimensions {
    std::optional<uint32_t> vocab_size, d_model, n_layers, d_head, kernel_size, top_k, d_ff;
    bool any() const;
    // Those that were given, in the place of the base's.
    Config over(Config base) const;
};
// Title in --help over the options that describe a model which has no file.
inline constexpr const char* kPlannedModel = "A model that does not exist yet";
// `top_k_name`: --top-k, or another name where a command's --top-k is the sampler's.
void add_dimensions(App& app, Dimensions* dimensions, const std::string& top_k_name, bool planned);

}  // namespace atome::cli
