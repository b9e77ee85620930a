#include "native/cli/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "atome/kernels/registry.h"

namespace atome::cli {
namespace {

std::string kernel_names() {
    std::string names;
    for (const KernelSet& set : kernel_sets())
        if (!set.fused && set.available()) names += (names.empty() ? "" : ", ") + std::string(set.name);
    return names;
}

}  // namespace

uint64_t parse_whole(const std::string& option, const std::string& text, uint64_t least, uint64_t most) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    errno = 0;
    const uint64_t value = digits ? std::strtoull(text.c_str(), nullptr, 10) : 0;
    if (!digits || errno == ERANGE || value < least || value > most)
        throw UsageError(fmt::format("{} is '{}': use a whole number {}..{}", option, text, least, most));
    return value;
}

double parse_real(const std::string& option, const std::string& text, double least, double most) {
    // strtod alone would take "inf", "nan", "0x1p3" and leading blanks.
    const bool plain = !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
    char* end = nullptr;
    const double value = plain ? std::strtod(text.c_str(), &end) : 0;
    if (!plain || *end != '\0' || !(value >= least && value <= most))
        throw UsageError(fmt::format("{} is '{}': use a number {}..{}", option, text, least, most));
    return value;
}

Option add_real(App& app, const std::string& names, float* value, double least, double most,
                const std::string& what) {
    const std::string option = names.substr(0, names.find(','));
    Option o = app.add_option(
        names,
        [=](const std::string& text) { *value = static_cast<float>(parse_real(option, text, least, most)); },
        what);
    return o.type_name("X").default_str(fmt::format("{}", *value));
}

void add_json(App& app, bool* json) { app.add_flag("--json", json, "print one JSON object on stdout"); }

void add_kernels(App& app, const Kernels** chosen) {
    app.add_option(
           "--kernels",
           [=](const std::string& text) {
               *chosen = find_kernels(text.c_str());
               if (!*chosen)
                   throw UsageError(
                       fmt::format("--kernels is '{}': this machine has {}", text, kernel_names()));
           },
           "force a set of inner loops: " + kernel_names() + " (all give the same bits)")
        .type_name("NAME")
        .default_str(best_kernels().name);
}

void add_engine(App& app, bool* fixed) {
    app.add_option(
           "--engine", [=](const std::string& text) { *fixed = text == "fixed"; },
           "what computes: float, or fixed: whole numbers alone, by what export --engine fixed measured, or "
           "a text that the model writes first")
        .one_of({"float", "fixed"})
        .default_str("float");
}

void add_window(App& app, std::optional<uint32_t>* window, const std::string& default_text) {
    add_whole(app, "--window", window, 1, Limits::window, "positions that attention sees")
        .default_str(default_text);
}

void add_sampling(App& app, SamplerOptions* o) {
    // One check for the program and the library: what the number means is the library's to say.
    const auto check = [o](const char* option) {
        if (const Status status = validate(*o); !status.ok())
            throw UsageError(fmt::format("{}: {}", option, status.message()));
    };
    const auto real = [&app, check](const char* option, float* value, double most, const char* what) {
        app.add_option(
               option,
               [=](const std::string& text) {
                   *value = static_cast<float>(parse_real(option, text, 0, most));
                   check(option);
               },
               what)
            .type_name("X")
            .default_str(fmt::format("{}", *value));
    };
    real("--temperature", &o->temperature, 100, "0 always takes the most probable token; else 0.01..100");
    real("--top-p", &o->top_p, 1,
         "keep the fewest tokens whose probabilities reach this; above 0, at most 1");
    add_whole(app, "--top-k", &o->top_k, 0, 256, "keep this many most probable tokens; 0 keeps all");
    add_whole(app, "--seed", &o->seed, 0, std::numeric_limits<uint64_t>::max(),
              "the same seed gives the same bytes");
}

Option add_stop_when_unsure(App& app, std::optional<float>* limit) {
    return app
        .add_option(
            "--stop-when-unsure",
            [limit](const std::string& text) {
                *limit = static_cast<float>(parse_real("--stop-when-unsure", text, 0, 1));
            },
            "end before a token where the last router's entropy is above this share of its most, 0..1")
        .type_name("X")
        .default_str("never");
}

Option add_quantizer(App& app, std::optional<Quantizer>* quantizer, const std::string& what) {
    const ConfigField<Config>& field = *find_field(Config(), "quantizer");
    return app
        .add_option(
            "--quantizer",
            [=, &field](const std::string& text) {
                *quantizer = static_cast<Quantizer>(parse_field("--quantizer", text, field));
            },
            what)
        .type_name("NAME");
}

uint32_t parse_choices(const std::string& option, const std::string& text, Choices choice, bool is_set,
                       uint32_t most) {
    uint32_t bits = 0;
    if (is_set && text.empty()) return 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = is_set ? std::min(text.find(',', at), text.size()) : text.size();
        const std::string word = text.substr(at, end - at);
        uint32_t value = 0;
        if (!find_choice(choice, word, &value))
            throw UsageError(fmt::format("{} is '{}': use {}", option, word, choice_list(choice).view()));
        if (!is_set) return value;
        bits |= 1u << value;
        at = end + 1;
    }
    if (bits > most) throw UsageError(fmt::format("{} is '{}': leave one out of the list", option, text));
    return bits;
}

std::string option_of(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
}

void add_planned_model(App& app, const Config& defaults, ChosenFields* chosen) {
    for (const ConfigField<Config>& f : fields(defaults))
        add_field(app, option_of(f.name), f, defaults, chosen).group(kPlannedModel);
}

void add_legacy_dimensions(App& app, ChosenFields* chosen, const std::string& top_k_name) {
    for (const ConfigField<Config>& f : fields(Config())) {
        if (f.choice || f.dim == Dim::ff) continue;
        const bool top_k = std::string_view(f.name) == "top_k";
        add_field(app, top_k ? top_k_name : option_of(f.name), f, Config(), chosen)
            .group("Files without dimensions (ATOME01, ATOME02, ATOMEP3): deduced, unless one is given");
    }
}

}  // namespace atome::cli
