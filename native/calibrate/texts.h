// The texts that `atome calibrate` reads, and those that it makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "atome/model/config.h"
#include "atome/tokens/vocabulary.h"

namespace atome::cli {

struct Text {
    std::string name;
    std::vector<uint8_t> bytes;
    std::vector<uint8_t> tokens = {};  // what they are to the models, once encode() has been called
};

// Names of the texts that are made of the data itself.
inline constexpr const char* kShuffled = "shuffled";
inline constexpr const char* kLower = "lower";

// "NAME=FILE". A name is 1..20 letters, digits, '.', '_' and '-'. Throws UsageError.
struct NamedFile {
    std::string name, path;
};
NamedFile parse_named_file(const std::string& option, const std::string& text);
// Throws UsageError when two have one name, or one that a text made of the data has.
void require_different_names(const std::string& option, const std::vector<NamedFile>& files);

// The first `most` bytes of a file. Throws Failure naming the file: fewer than `least`, or a byte that a
// model of bytes does not know.
Text read_start(const NamedFile& file, uint64_t least, uint64_t most, const Config& config);

// The same bytes in an order of no meaning, always the same one. nullopt: they are all alike.
std::optional<Text> shuffled(const Text& data);
// ASCII letters in lower case. nullopt: they are so already, or the vocabulary lacks one.
std::optional<Text> lowered(const Text& data, const Config& config);

// Fills in the text's tokens. Throws Failure: fewer than `least`.
void encode(const Vocabulary& vocabulary, const Config& config, uint64_t least, Text* text);

}  // namespace atome::cli
