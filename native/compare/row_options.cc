#include "native/compare/row_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "native/compare/sweep.h"
#include "native/train/train_options.h"

namespace atome::cli {
namespace {

// The parser of `atome train` and of what distilling adds, which is the only list of these options.
struct TrainParser {
    Program app;
    TrainCommand command;
    TrainParser() {
        add_train_options(app, &command);
        add_teacher_options(app, &command);
    }
};

// What compare gives to every run itself, and where a sweep says it.
const char* reserved(const std::string& name) {
    if (name == "data") return "it is the sweep's own \"data\"";
    if (name == "seed") return "it is the sweep's \"seeds\"";
    if (name == "minutes") return "use \"steps\", which mean the same on every machine";
    for (const char* own : {"out", "resume", "threads", "json", "log", "help"})
        if (name == own) return "atome compare sets it itself";
    return nullptr;
}

}  // namespace

RowOptions row_options(const Json& json, const std::string& where) {
    if (!json.is_object())
        throw Failure(where + ": is no object: use {\"option\": value}, options as in atome train --help");
    TrainParser parser;
    RowOptions options;
    for (const auto& [name, value] : json.members()) {
        if (const char* why = reserved(name)) throw Failure(fmt::format("{}: '{}': {}", where, name, why));
        if (!parser.app.find_option("--" + name))
            throw Failure(
                fmt::format("{}: atome train has no option --{} (see atome train --help)", where, name));
        options[name] = value;
    }
    return options;
}

std::string value_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string list;
    for (const Json& element : value.elements()) list += (list.empty() ? "" : ",") + value_text(element);
    return list;
}

std::vector<std::string> arguments_of(const RowOptions& options, const std::string& where) {
    const TrainParser parser;
    std::vector<std::string> arguments;
    for (const auto& [name, value] : options) {
        if (value.is_null() || (value.is_bool() && !value.get<bool>())) continue;
        const std::string option = "--" + name;
        const bool is_flag = parser.app.find_option(option)->is_flag();
        if (value.is_object() || is_flag != value.is_bool())
            throw Failure(fmt::format("{}: '{}' is {}: use {}", where, name, value.dump(),
                                      is_flag ? "true or false" : "a number, a text or a list"));
        arguments.push_back(is_flag ? option : option + "=" + value_text(value));
    }
    return arguments;
}

TrainCommand train_command(const std::vector<std::string>& arguments, const std::string& where) {
    TrainParser parser;
    // --data and --out are required; nobody reads them.
    std::vector<std::string> words = arguments;
    words.insert(words.end(), {"--out=unused", "--data=unused"});
    try {
        parser.app.parse(words);
    } catch (const UsageError& e) {
        throw Failure(fmt::format("{}: {}", where, e.what()));
    }
    return parser.command;
}

}  // namespace atome::cli
