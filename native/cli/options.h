// Options that several commands share, and numbers that are read strictly: decimal, whole, in range.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
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

// Of choices called choice(0), choice(1)...: the number of one or, of a set, bits up to `most`; "" is the
// empty set.
uint32_t parse_choices(const std::string& option, const std::string& text, Choices choice, bool is_set,
                       uint32_t most);
// ": local, state, sparse"; empty for numbers.
template <class Config>
std::string choices_text(const ConfigField<Config>& f) {
    std::string text;
    for (uint32_t i = 0; f.choice && f.choice(i); i++) text += (i ? ", " : ": ") + std::string(f.choice(i));
    return text;
}

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

// The value of a field in `text`: a number in its range, the name of a choice, or a comma-separated list of
// them; or UsageError.
template <class Config>
uint32_t parse_field(const std::string& option, const std::string& text, const ConfigField<Config>& f) {
    if (!f.choice) return static_cast<uint32_t>(parse_whole(option, text, f.least, f.most));
    return parse_choices(option, text, f.choice, f.is_set, f.most);
}

// --json
void add_json(App& app, bool* json);
// --kernels; checks the name while the command line is read. Null: the best.
void add_kernels(App& app, const Kernels** kernels);
// --engine float or fixed.
void add_engine(App& app, bool* fixed);
// --window; empty: the command's own default.
void add_window(App& app, std::optional<uint32_t>* window, const std::string& default_text);
// --temperature --top-p --top-k --seed
void add_sampling(App& app, SamplerOptions* options);
// --stop-when-unsure
Option add_stop_when_unsure(App& app, std::optional<float>* limit);
// --quantizer
Option add_quantizer(App& app, std::optional<Quantizer>* quantizer, const std::string& what);
// What was said of a model's configuration: for legacy files, which do not hold it, or for a model that does
// not exist yet. Fields of all kinds of models stand side by side.
struct ChosenFields {
    std::map<std::string, uint32_t, std::less<>> values;  // by the names of fields(Config), fields(GptConfig)

    bool any() const { return !values.empty(); }
    // Those that were given, in the place of the base's.
    template <class Config>
    Config over(Config base) const {
        for (const ConfigField<Config>& f : fields(base))
            if (const auto it = values.find(f.name); it != values.end()) f.set(&base, it->second);
        return base;
    }
    // The first that was given although such a configuration lacks it; empty: none.
    template <class Config>
    std::string foreign(const Config& config) const {
        for (const auto& [name, value] : values)
            if (!find_field(config, name)) return name;
        return {};
    }
};

// "--d-model" of "d_model".
std::string option_of(std::string name);

// An option for one field. Shown is what `defaults` has.
template <class Config>
Option add_field(App& app, const std::string& option, const ConfigField<Config>& f, const Config& defaults,
                 ChosenFields* chosen) {
    Option o = app.add_option(
        option, [=](const std::string& text) { chosen->values[f.name] = parse_field(option, text, f); },
        (*f.letter ? std::string(f.letter) + ", " : "") + f.help + choices_text(f));
    o.type_name(!f.choice ? "N" : f.is_set ? "LIST" : "NAME");
    return f.is_set ? o : o.default_str(std::string(field_text(f, defaults).view()));
}

// Title in --help over the options that describe a model which has no file.
inline constexpr const char* kPlannedModel = "A model that does not exist yet";
// All fields of a routed model.
void add_planned_model(App& app, const Config& defaults, ChosenFields* chosen);
// The dimensions that files of the legacy formats do not hold. `top_k_name`: --top-k, or another name where a
// command's --top-k is the sampler's.
void add_legacy_dimensions(App& app, ChosenFields* chosen, const std::string& top_k_name);

}  // namespace atome::cli
