#include "native/train/train_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "atome/formats/model_tensors.h"
#include "atome/models/gpt/initialise.h"
#include "atome/models/gpt/network.h"
#include "atome/models/routed/initialise.h"
#include "atome/models/routed/network.h"
#include "atome/train/recipe.h"
#include "native/model/any_model.h"

namespace atome::cli {
namespace {

// `config` with the fields that were given. Throws for the first that such a model does not have.
template <class AnyKind>
AnyKind with_fields(const TrainCommand& c, AnyKind config) {
    const std::string foreign = c.fields.foreign(config);
    if (!foreign.empty())
        throw UsageError(fmt::format("{} is no option of a {} model: leave it out", option_of(foreign),
                                     model_name(config)));
    config = c.fields.over(config);
    require(validate(config), "the model");
    return config;
}

bool gives(const TrainCommand& c, const std::string& option) {
    return std::any_of(c.given.begin(), c.given.end(),
                       [&option](const Given& g) { return g.option == option; });
}

Config with_options(const TrainCommand& c, Config config) {
    config = with_fields(c, config);
    if (config.active_pathways() < 2 && gives(c, "--router-calibration"))
        throw UsageError("--router-calibration is of a router over two pathways or three: leave it out");
    return config;
}

GptConfig with_options(const TrainCommand& c, GptConfig config) {
    for (const auto& [option, given] : {std::pair("--sample-every", c.sample_every.has_value()),
                                        std::pair("--prompt", c.prompt.has_value()),
                                        std::pair("--router-calibration", gives(c, "--router-calibration"))})
        if (given) throw UsageError(fmt::format("{} is no option of a vanilla model: leave it out", option));
    return with_fields(c, config);
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
    if (command.model.value_or(ModelKind::routed) == ModelKind::routed)
        return command.published_recipe ? Config{} : recommended_model();
    GptConfig config;
    config.max_seq = seq;
    return config;
}

AnyConfig chosen_config(const TrainCommand& command, AnyConfig base) {
    return std::visit([&](const auto& c) { return AnyConfig(with_options(command, c)); }, base);
}

NetworkModel fresh_model(const AnyConfig& config, std::vector<uint8_t> vocabulary, uint64_t seed) {
    const auto with_vocabulary = [&vocabulary](auto model) {
        model.vocabulary = std::move(vocabulary);
        require(check(model), "the model");
        return model;
    };
    if (const auto* gpt = std::get_if<GptConfig>(&config))
        return gpt_network(with_vocabulary(initialise_gpt(*gpt, seed)));
    return routed_network(with_vocabulary(initialise(std::get<Config>(config), seed)));
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
