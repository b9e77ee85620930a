#include "native/calibrate/texts.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "atome/base/random.h"
#include "atome/infer/stream.h"
#include "native/cli/terminal.h"
#include "native/io/ascii.h"
#include "native/io/files.h"
#include "native/model/model_file.h"

namespace atome::cli {
namespace {

constexpr std::size_t kMaxName = 20;  // what the figure has room for
constexpr uint64_t kShuffleSeed = 1;

bool is_name(const std::string& name) {
    const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), allowed);
}

[[noreturn]] void refuse(const std::string& why) { throw UsageError(why); }

}  // namespace

NamedFile parse_named_file(const std::string& option, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals + 1 == text.size())
        refuse(fmt::format("{} is '{}': use NAME=FILE", option, text));
    NamedFile file{text.substr(0, equals), text.substr(equals + 1)};
    if (!is_name(file.name))
        refuse(fmt::format("{} has the name '{}': use 1..{} letters, digits, '.', '_' or '-'", option,
                           file.name, kMaxName));
    return file;
}

void require_different_names(const std::string& option, const std::vector<NamedFile>& files) {
    std::set<std::string> names = {kShuffled, kLower};
    for (const NamedFile& file : files) {
        if (names.insert(file.name).second) continue;
        if (file.name == kShuffled || file.name == kLower)
            refuse(fmt::format("{} has the name '{}', which a text made of the data has: use another", option,
                               file.name));
        refuse(fmt::format("{} has the name '{}' twice: use a name for each text", option, file.name));
    }
}

Text read_start(const NamedFile& file, uint64_t least, uint64_t most, const Config& config) {
    Text text{file.name, read_file(file.path)};
    if (text.bytes.size() < least)
        throw Failure(fmt::format("{}: has {} byte{}: at least {} are needed, a window and the byte before",
                                  file.path, text.bytes.size(), text.bytes.size() == 1 ? "" : "s", least));
    text.bytes.resize(std::min<uint64_t>(text.bytes.size(), most));
    require(check_vocabulary(text.bytes.data(), text.bytes.size(), config.vocab_size), file.path);
    return text;
}

std::optional<Text> shuffled(const Text& data) {
    Text text{kShuffled, data.bytes};
    Random random(kShuffleSeed);
    // Fisher and Yates.
    for (std::size_t i = text.bytes.size(); i > 1; i--)
        std::swap(text.bytes[i - 1], text.bytes[random.below(static_cast<uint32_t>(i))]);
    if (text.bytes == data.bytes) return std::nullopt;
    return text;
}

std::optional<Text> lowered(const Text& data, const Config& config) {
    Text text{kLower, data.bytes};
    for (uint8_t& byte : text.bytes) byte = static_cast<uint8_t>(lower(static_cast<char>(byte)));
    if (text.bytes == data.bytes ||
        !check_vocabulary(text.bytes.data(), text.bytes.size(), config.vocab_size).ok())
        return std::nullopt;
    return text;
}

void encode(const Vocabulary& vocabulary, const Config& config, uint64_t least, Text* text) {
    const std::string_view bytes(reinterpret_cast<const char*>(text->bytes.data()), text->bytes.size());
    text->tokens = tokens_of(bytes, vocabulary, config.vocab_size, text->name);
    if (text->tokens.size() < least)
        throw Failure(
            fmt::format("{}: its {} bytes are {} tokens: at least {} are needed, a window and the token "
                        "before",
                        text->name, bytes.size(), text->tokens.size(), least));
}

}  // namespace atome::cli
