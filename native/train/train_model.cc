#include "native/train/train_model.h"

#include <fmt/core.h>

#include "atome/formats/model_tensors.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/network.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/network.h"
#include "native/model/any_model.h"

namespace atome::cli {
namespace {

// Throws for the first option that was given although a model of this kind has no use for it.
void refuse_foreign(std::initializer_list<std::pair<const char*, bool>> options, ModelKind kind) {
    for (const auto& [option, given] : options)
        if (given)
            throw UsageError(fmt::format("{} is no option of a {} model: leave it out", option,
                                         kind == ModelKind::vanilla ? "vanilla" : "routed"));
}

Config with_options(const TrainCommand& c, Config config) {
    refuse_foreign({{"--n-heads", c.n_heads.has_value()}}, ModelKind::routed);
    config = c.dimensions.over(config);
    config.quantizer = c.quantizer.value_or(config.quantizer);
    config.disabled = c.disabled.value_or(config.disabled);
    require(validate(config), "the model");
    return config;
}

GptConfig with_options(const TrainCommand& c, GptConfig config) {
    const Dimensions& d = c.dimensions;
    refuse_foreign({{"--d-head", d.d_head.has_value()},
                    {"--kernel-size", d.kernel_size.has_value()},
                    {"--top-k", d.top_k.has_value()},
                    {"--quantizer", c.quantizer.has_value()},
                    {"--disable-pathways", c.disabled.has_value()},
                    {"--sample-every", c.sample_every.has_value()},
                    {"--prompt", c.prompt.has_value()}},
                   ModelKind::vanilla);
    config.vocab_size = d.vocab_size.value_or(config.vocab_size);
    config.d_model = d.d_model.value_or(config.d_model);
    config.n_layers = d.n_layers.value_or(config.n_layers);
    config.n_heads = c.n_heads.value_or(config.n_heads);
    config.d_ff = d.d_ff.value_or(config.d_ff);
    require(validate(config), "the model");
    return config;
}

}  // namespace

std::string_view model_name(const AnyConfig& config) {
    return std::holds_alternative<Config>(config) ? "routed" : "vanilla";
}

uint64_t parameters_of(const AnyConfig& config) {
    return std::visit([](const auto& c) { return parameter_count(c); }, config);
}

std::string text_of(const AnyConfig& config) {
    return std::visit([](const auto& c) { return config_text(c); }, config);
}

AnyConfig default_config(const TrainCommand& command, uint32_t seq) {
    if (command.model.value_or(ModelKind::routed) == ModelKind::routed) return Config{};
    GptConfig config;
    config.max_seq = seq;
    return config;
}

AnyConfig chosen_config(const TrainCommand& command, AnyConfig base) {
    return std::visit([&](const auto& c) { return AnyConfig(with_options(command, c)); }, base);
}

NetworkModel fresh_model(const AnyConfig& config, uint64_t seed) {
    if (const auto* gpt = std::get_if<GptConfig>(&config)) return gpt_network(initialise_gpt(*gpt, seed));
    return routed_network(initialise(std::get<Config>(config), seed));
}

NetworkModel saved_model(const NamedTensors& file, const std::string& path, AnyConfig* config) {
    if (is_gpt(file)) {
        GptModel model;
        require(read_gpt(file, &model), path);
        *config = model.config;
        return gpt_network(model);
    }
    FloatModel model;
    require(read_model(file, &model), path);
    *config = model.config;
    return routed_network(model);
}

}  // namespace atome::cli
