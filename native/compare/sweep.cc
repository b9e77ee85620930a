#include "native/compare/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "atome/formats/model_tensors.h"
#include "atome/models/ngram/ngram.h"
#include "native/compare/row_options.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

constexpr uint64_t kMaxSweepBytes = 16 << 20;
constexpr std::size_t kMaxRows = 10000;

Json parse_json(const std::string& path) {
    const std::string text = read_text(path, kMaxSweepBytes);
    try {
        return Json::parse(text);
    } catch (const Json::Error& e) {
        fail(path, e.what());
    }
}

void check_keys(const Json& object, const std::vector<std::string>& known, const std::string& where) {
    if (!object.is_object()) fail(where, "is no JSON object");
    for (const auto& [key, value] : object.members())
        if (std::find(known.begin(), known.end(), key) == known.end())
            fail(where, fmt::format("unknown key \"{}\": use {}", key, fmt::join(known, ", ")));
}

uint64_t whole(const Json& value, uint64_t least, uint64_t most, const std::string& where) {
    if (!value.is_unsigned() || value.get<uint64_t>() < least || value.get<uint64_t>() > most)
        fail(where, fmt::format("is {}: use a whole number {}..{}", value.dump(), least, most));
    return value.get<uint64_t>();
}

std::vector<Rounding> roundings(const Json& list, const std::string& where) {
    if (!list.is_array()) fail(where, fmt::format("is {}: use a list, [\"int8\", \"int4\"]", list.dump()));
    std::vector<Rounding> rounds;
    for (const Json& element : list.elements()) {
        Rounding r = Rounding::none;
        if (!element.is_string() || !parse_rounding(element.get<std::string>(), &r) || r == Rounding::none)
            fail(where, fmt::format("has {}: use \"int8\" or \"int4\"", element.dump()));
        if (std::find(rounds.begin(), rounds.end(), r) != rounds.end())
            fail(where, fmt::format("{} stands there twice", element.dump()));
        rounds.push_back(r);
    }
    return rounds;
}

std::string beside(const std::string& path, const std::string& file) {
    return (std::filesystem::path(path).parent_path() / file).string();
}

std::vector<std::string> files(const Json& value, const std::string& path, const std::string& where) {
    Json list = value.is_array() ? value : Json::array();
    if (!value.is_array()) list.push_back(value);
    std::vector<std::string> paths;
    for (const Json& file : list.elements()) {
        if (!file.is_string() || file.get<std::string>().empty())
            fail(where, fmt::format("is {}: use a file name or a list of them", value.dump()));
        paths.push_back(beside(path, file.get<std::string>()));
    }
    if (paths.empty()) fail(where, "is empty: name at least one file");
    return paths;
}

void read_data(const Json& root, Sweep* sweep) {
    const std::string& path = sweep->path;
    if (!root.contains("data")) fail(path, "\"data\" is missing: name the text, \"data\": \"stories.txt\"");
    const Json& data = root.at("data");
    if (data.is_object()) {
        const std::string where = path + ": data";
        check_keys(data, {"train", "valid"}, where);
        for (const char* part : {"train", "valid"})
            if (!data.contains(part)) fail(where, fmt::format("\"{}\" is missing: name its file", part));
        sweep->data = files(data.at("train"), path, where + ": train");
        sweep->valid = files(data.at("valid"), path, where + ": valid");
    } else {
        sweep->data = files(data, path, path + ": data");
    }
    if (root.contains("first_bytes"))
        sweep->first_bytes = whole(root.at("first_bytes"), 2, kMaxFileBytes, path + ": first_bytes");
}

void read_seeds(const Json& root, Sweep* sweep) {
    const std::string where = sweep->path + ": seeds";
    if (!root.contains("seeds") || !root.at("seeds").is_array() || root.at("seeds").empty())
        fail(where, "use a list of at least one whole number, \"seeds\": [0, 1, 2, 3, 4]");
    for (const Json& seed : root.at("seeds").elements()) {
        // The largest that --seed takes.
        sweep->seeds.push_back(whole(seed, 0, 18'000'000'000'000'000'000u, where));
        if (std::count(sweep->seeds.begin(), sweep->seeds.end(), sweep->seeds.back()) > 1)
            fail(where, fmt::format("{} stands there twice", sweep->seeds.back()));
    }
}

TeacherOptions teacher_of(const Json& json, const std::string& path, const std::string& where) {
    check_keys(json, {"model", "cache"}, where);
    if (!json.contains("model")) fail(where, "\"model\" is missing: name its file");
    for (const auto& [key, file] : json.members())
        if (!file.is_string() || file.get<std::string>().empty())
            fail(where, fmt::format("{} is {}: use a file name", key, file.dump()));
    TeacherOptions teacher;
    teacher.model = beside(path, json.at("model").get<std::string>());
    if (json.contains("cache")) teacher.cache = beside(path, json.at("cache").get<std::string>());
    return teacher;
}

// One row with its grid expanded: the last name of the grid changes fastest.
std::vector<Row> model_rows(const Json& json, const std::string& name, const RowOptions& defaults,
                            const std::string& where) {
    RowOptions options = defaults;
    if (json.contains("options"))
        for (auto& [key, value] : row_options(json.at("options"), where + ": options")) options[key] = value;
    struct Variant {
        std::string name;
        RowOptions options;
    };
    std::vector<Variant> variants = {{name, options}};
    if (json.contains("grid")) {
        const std::string at = where + ": grid";
        row_options(json.at("grid"), at);
        for (const auto& [key, values] : json.at("grid").members()) {
            if (json.contains("options") && json.at("options").contains(key))
                fail(at, fmt::format("'{}' is among the options too: leave one out", key));
            if (!values.is_array() || values.empty())
                fail(at, fmt::format("'{}' is {}: use a list of values", key, values.dump()));
            std::vector<Variant> more;
            for (const Variant& variant : variants) {
                for (const Json& value : values.elements()) {
                    more.push_back(
                        {fmt::format("{}, {} {}", variant.name, key, value_text(value)), variant.options});
                    more.back().options[key] = value;
                }
                if (more.size() > kMaxRows) fail(at, fmt::format("more than {} rows", kMaxRows));
            }
            variants = std::move(more);
        }
    }
    std::vector<Row> rows;
    for (const Variant& v : variants) {
        Row row;
        row.name = v.name;
        row.arguments = arguments_of(v.options, where);
        if (json.contains("round")) row.rounds = roundings(json.at("round"), where + ": round");
        rows.push_back(std::move(row));
    }
    return rows;
}

void read_rows(const Json& root, Sweep* sweep) {
    const std::string& path = sweep->path;
    RowOptions defaults;
    if (root.contains("defaults")) defaults = row_options(root.at("defaults"), path + ": defaults");
    if (!root.contains("rows") || !root.at("rows").is_array() || root.at("rows").empty())
        fail(path + ": rows", "use a list of at least one row, {\"name\": \"ours\", \"options\": {}}");
    std::set<std::string> names;
    for (const Json& json : root.at("rows").elements()) {
        std::string where = fmt::format("{}: row {}", path, sweep->rows.size() + 1);
        if (!json.is_object() || !json.contains("name") || !json.at("name").is_string() ||
            json.at("name").get<std::string>().empty())
            fail(where, "has no name: use {\"name\": \"ours\", ...}");
        const std::string name = json.at("name").get<std::string>();
        where = fmt::format("{}: row '{}'", path, name);
        check_keys(json, {"name", "options", "grid", "round", "teacher", "ngram", "tokenizer", "compressor"},
                   where);
        std::vector<Row> rows;
        if (json.contains("ngram") || json.contains("compressor")) {
            if (json.size() != (json.contains("ngram") && json.contains("tokenizer") ? 3 : 2))
                fail(where,
                     "an ngram or a compressor has nothing but its name beside it, an ngram perhaps a "
                     "tokenizer");
            Row row;
            row.name = name;
            // Of bytes unless the row itself says so: what models take is no matter of theirs.
            RowOptions options = defaults;
            options["tokenizer"] = kBytesTokenizer;
            if (json.contains("tokenizer")) {
                const Json& tokenizer = options["tokenizer"] = json.at("tokenizer");
                if (!tokenizer.is_string() || (tokenizer.get<std::string>() != kBytesTokenizer &&
                                               tokenizer.get<std::string>() != kPairsTokenizer))
                    fail(where, fmt::format("tokenizer is {}: use \"{}\" or \"{}\"", tokenizer.dump(),
                                            kBytesTokenizer, kPairsTokenizer));
            }
            row.arguments = arguments_of(options, path + ": defaults");
            if (json.contains("ngram")) {
                row.kind = RowKind::ngram;
                row.order = static_cast<uint32_t>(
                    whole(json.at("ngram"), 0, NgramModel::kMaxOrder, where + ": ngram (tokens of context)"));
            } else {
                row.kind = RowKind::xz;
                const Json& compressor = json.at("compressor");
                if (!compressor.is_string() || compressor.get<std::string>() != "xz")
                    fail(where, fmt::format("compressor is {}: use \"xz\"", compressor.dump()));
            }
            rows.push_back(std::move(row));
        } else {
            rows = model_rows(json, name, defaults, where);
            if (json.contains("teacher"))
                for (Row& row : rows) row.teacher = teacher_of(json.at("teacher"), path, where + ": teacher");
        }
        for (Row& row : rows) {
            const std::string at = fmt::format("{}: row '{}'", path, row.name);
            if (!names.insert(row.name).second) fail(at, "there are two rows of that name: rename one");
            for (const Rounding r : row.rounds)
                if (!names.insert(line_name(row, r)).second)
                    fail(at, fmt::format("there are two rows called '{}': rename one", line_name(row, r)));
            // Errors of the parser come now, not after hours of other runs.
            const TrainCommand command = train_command(row.arguments, at);
            if (row.kind == RowKind::model && row.teacher.model.empty())
                for (const Given& g : command.given)
                    if (g.option == "--alpha" || g.option == "--temperature")
                        fail(at, fmt::format("{} is for rows with a \"teacher\"", g.option));
            if (!row.rounds.empty() && !is_vanilla(command))
                fail(at, "round is for vanilla models: a routed model's matrices have codes already");
            if (!row.rounds.empty() && command.fields.values.count("quantizer"))
                fail(at, "round is for float models: leave out quantizer");
            sweep->rows.push_back(std::move(row));
        }
        if (sweep->rows.size() > kMaxRows) fail(path, fmt::format("more than {} rows", kMaxRows));
    }
}

void read_baseline(const Json& root, Sweep* sweep) {
    if (!root.contains("baseline")) return;
    std::vector<std::string> names;
    for (const Row& row : sweep->rows) {
        names.push_back(row.name);
        for (const Rounding r : row.rounds) names.push_back(line_name(row, r));
    }
    const Json& baseline = root.at("baseline");
    if (!baseline.is_string() ||
        std::find(names.begin(), names.end(), baseline.get<std::string>()) == names.end())
        fail(sweep->path, fmt::format("baseline is {}: use the name of a row: {}", baseline.dump(),
                                      fmt::join(names, "; ")));
    sweep->baseline = baseline.get<std::string>();
}

}  // namespace

std::string line_name(const Row& row, Rounding rounding) {
    return fmt::format("{}, {}", row.name, name(rounding));
}

Sweep read_sweep(const std::string& path) {
    const Json root = parse_json(path);
    check_keys(root, {"data", "first_bytes", "seeds", "defaults", "rows", "baseline"}, path);
    Sweep sweep;
    sweep.path = path;
    read_data(root, &sweep);
    read_seeds(root, &sweep);
    read_rows(root, &sweep);
    read_baseline(root, &sweep);
    return sweep;
}

}  // namespace atome::cli
