// Text from hand-written grammars: training material that needs no network and is free to use.
//
// The texts are plain ASCII with "\n" line ends, and the same bytes for the same seed on every platform
// and every target. They may change between versions; tests/corpus/ pins today's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace atome::corpus {

// Short tales for children of three or four: a few hundred different words, named characters, twenty plots
// of want, obstacle, help and end. A story is four or five lines, its paragraphs; a blank line parts the
// stories. The result is whole stories only, at most `bytes` long and mostly within a few tens of bytes of
// that; empty when `bytes` is too small for a story (give 1,500 or more).
std::string write_stories(std::size_t bytes, uint64_t seed);

// Questions and answers on one device, a smart thermostat that does not exist: "Q: ...\nA: ...\n", parted
// by blank lines. Numbers in an answer follow from those in its question. Whole pairs only, at most
// `bytes` long; empty when `bytes` is too small for a pair (give 200 or more).
std::string write_thermostat(std::size_t bytes, uint64_t seed);

struct Preset {
    std::string_view name;    // as on the command line: "stories"
    std::string_view title;   // for a list of choices: "Short stories"
    std::string_view about;   // one sentence
    std::string_view prompt;  // a beginning that suits a model trained on this text
    std::string (*write)(std::size_t bytes, uint64_t seed);
};

// All grammars, in the order in which to show them.
std::span<const Preset> presets();
// nullptr when there is no preset of this name.
const Preset* find_preset(std::string_view name);

}  // namespace atome::corpus
