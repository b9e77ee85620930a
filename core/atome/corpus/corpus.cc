#include "atome/corpus/corpus.h"

#include "atome/corpus/grammar.h"
#include "atome/corpus/texts.h"

namespace atome::corpus {
namespace {

// A text that does not parse gives a grammar without rules, hence empty results; tests rule that out.
Grammar build(std::string_view text) {
    Grammar grammar;
    const Status status = Grammar::parse(text, &grammar);
    return status.ok() ? grammar : Grammar();
}

const Grammar& stories() {
    static const Grammar grammar =
        build(std::string(kStoriesWords) + std::string(kStoriesPlots) + std::string(kStoriesMorePlots));
    return grammar;
}

const Grammar& thermostat() {
    static const Grammar grammar = build(kThermostatText);
    return grammar;
}

constexpr Preset kPresets[] = {
    {"stories", "Short stories", "Tales for small children: twenty plots, a few hundred words.",
     "Once upon a time", write_stories},
    {"thermostat", "Thermostat help", "Questions and answers on one device, a smart thermostat.",
     "Q: How do I", write_thermostat},
};

}  // namespace

std::string write_stories(std::size_t bytes, uint64_t seed) { return stories().write("plot", bytes, seed); }

std::string write_thermostat(std::size_t bytes, uint64_t seed) {
    return thermostat().write("item", bytes, seed);
}

std::span<const Preset> presets() { return kPresets; }

const Preset* find_preset(std::string_view name) {
    for (const Preset& preset : kPresets)
        if (preset.name == name) return &preset;
    return nullptr;
}

}  // namespace atome::corpus
