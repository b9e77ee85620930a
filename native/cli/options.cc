#include "native/cli/options.h"

#include <fmt/core.h>

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
    real("--temperature", &o->temperature, 100, "0 always takes the most probable byte; else 0.01..100");
    real("--top-p", &o->top_p, 1, "keep the fewest bytes whose probabilities reach this; above 0, at most 1");
    add_whole(app, "--top-k", &o->top_k, 0, 256, "keep this many most probable bytes; 0 keeps all");
    add_whole(app, "--seed", &o->seed, 0, std::numeric_limits<uint64_t>::max(),
              "the same seed gives the same bytes");
}

Option add_quantizer(App& app, std::optional<Quantizer>* quantizer, const std::string& what) {
    return app
        .add_option(
            "--quantizer",
            [=](const std::string& text) {
                Quantizer q;
                if (!parse_quantizer(text, &q))
                    throw UsageError(
                        fmt::format("--quantizer is '{}': use {}", text, quantizer_choices().view()));
                *quantizer = q;
            },
            what)
        .type_name("NAME");
}

Option add_disabled(App& app, std::optional<uint8_t>* disabled) {
    return app
        .add_option(
            "--disable-pathways",
            [=](const std::string& list) {
                uint8_t mask = 0;
                if (const Status status = parse_disabled(list, &mask); !status.ok())
                    throw UsageError("--disable-pathways: " + std::string(status.message()));
                *disabled = mask;
            },
            "local, state, sparse: a comma-separated list")
        .type_name("LIST");
}

bool Dimensions::any() const {
    return vocab_size || d_model || n_layers || d_head || kernel_size || top_k || d_ff;
}

Config Dimensions::over(Config c) const {
    c.vocab_size = vocab_size.value_or(c.vocab_size);
    c.d_model = d_model.value_or(c.d_model);
    c.n_layers = n_layers.value_or(c.n_layers);
    c.d_head = d_head.value_or(c.d_head);
    c.kernel_size = kernel_size.value_or(c.kernel_size);
    c.top_k = top_k.value_or(c.top_k);
    c.d_ff = d_ff.value_or(c.d_ff);
    return c;
}

void add_dimensions(App& app, Dimensions* d, const std::string& top_k_name, bool planned) {
    const std::string group = planned ? kPlannedModel
                                      : "Files without dimensions (ATOME01, ATOME02, ATOMEP3): "
                                        "deduced, unless one is given";
    const Config c;
    const auto add = [&](const std::string& option, std::optional<uint32_t>* value, uint64_t least,
                         uint64_t most, uint32_t by_default, const char* what) {
        add_whole(app, option, value, least, most, what).group(group).default_str(std::to_string(by_default));
    };
    add("--vocab-size", &d->vocab_size, 1, Limits::vocab_size, c.vocab_size, "V, bytes known");
    add("--d-model", &d->d_model, 1, Limits::d_model, c.d_model, "D, width");
    add("--n-layers", &d->n_layers, 1, Limits::n_layers, c.n_layers, "L, blocks");
    add("--d-head", &d->d_head, 1, Limits::d_head, c.d_head, "H, width of queries and keys");
    add("--kernel-size", &d->kernel_size, 1, Limits::kernel_size, c.kernel_size,
        "K, taps of the convolution");
    add(top_k_name, &d->top_k, 1, Limits::top_k, c.top_k, "positions that attention keeps");
    if (planned) add("--d-ff", &d->d_ff, 0, Limits::d_ff, c.d_ff, "F, width of the feed-forward; 0: none");
}

}  // namespace atome::cli
