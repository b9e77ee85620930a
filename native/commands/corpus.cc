// atome corpus: a cleaned text to train on.
#include <fmt/core.h>

#include <memory>

#include "atome/corpus/corpus.h"
#include "native/cli/options.h"
#include "native/cli/output.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/corpus/build.h"
#include "native/corpus/sources.h"
#include "native/io/ascii.h"

namespace atome::cli {
namespace {

struct CorpusOptions {
    CorpusRequest request;
    std::string out;
    bool no_cache = false;
    bool json = false;
};

// "2M" and the like: a whole number, then nothing, K, M or G, powers of 1024.
uint64_t parse_size(const std::string& option, const std::string& text) {
    constexpr std::string_view kSuffixes = "kmg";
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    uint64_t unit = 1;
    if (digits + 1 == text.size()) {
        const std::size_t power = kSuffixes.find(lower(text.back()));
        if (power != std::string_view::npos) unit = uint64_t{1} << (10 * (power + 1));
    }
    const bool known = digits > 0 && digits <= 12 && (digits == text.size() || unit != 1);
    const uint64_t value = known ? std::strtoull(text.c_str(), nullptr, 10) * unit : 0;
    if (value < 1 || value > kMaxCorpusBytes)
        throw UsageError(fmt::format("{} is '{}': use 1..{}, or with a suffix as in 300K or 2M", option, text,
                                     kMaxCorpusBytes));
    return value;
}

Json as_json(const Corpus& corpus) {
    Json json = {
        {"bytes", corpus.text.size()}, {"paragraphs", corpus.paragraphs}, {"repeats", corpus.repeats}};
    json["sources"] = Json::array();
    for (const CorpusPart& part : corpus.parts) {
        Json one = {{"name", part.name}, {"kind", part.kind}, {"bytes", part.bytes}};
        if (!part.licence.empty()) one["licence"] = part.licence;
        json["sources"].push_back(one);
    }
    json["skipped"] = Json::array();
    for (const CorpusSkip& skip : corpus.skipped)
        json["skipped"].push_back({{"name", skip.name}, {"reason", skip.reason}});
    return json;
}

void run(CorpusOptions o) {
    if (o.json && o.out.empty())
        throw UsageError("--json needs --out FILE: both the text and the object would go to stdout");
    if (o.no_cache) o.request.fetch.cache_dir.clear();
    const Corpus corpus = write_corpus(o.request, o.out);
    if (o.out.empty()) return;
    if (o.json) return print_json(as_json(corpus));
    for (const CorpusPart& part : corpus.parts)
        print(fmt::format("{:>12}  {}{}\n", grouped(part.bytes), printable(part.name),
                          part.licence.empty() ? "" : " (" + part.licence + ")"));
    print(fmt::format("{:>12}  bytes in {} paragraphs, written to {}\n", grouped(corpus.text.size()),
                      grouped(corpus.paragraphs), printable(o.out)));
}

std::string footer() {
    std::string text = "Names:\n";
    for (const corpus::Preset& preset : corpus::presets())
        text += fmt::format("  {:<18} {} Written here, needs no network.\n", preset.name, preset.about);
    for (const Source& source : sources())
        text += fmt::format("  {:<18} {} Downloaded; {}.\n", source.name, source.about, source.licence);
    return text +
           "A file of one of these names is meant by ./NAME. HTML is stripped, text is cleaned, paragraphs "
           "that\n"
           "come again are left out. What cannot be downloaded is skipped with a warning.\n\n"
           "Examples:\n"
           "  atome corpus stories --bytes 2M --out stories.txt\n"
           "  atome corpus thermostat notes.html https://example.org/help --out help.txt";
}

}  // namespace

void add_corpus(App& app) {
    auto o = std::make_shared<CorpusOptions>();
    o->request.fetch.cache_dir = default_cache_dir();
    App command =
        app.add_subcommand("corpus", "A cleaned text to train on: generated, from files, or downloaded");
    command.add_option("input", &o->request.inputs, "names, files and http(s) addresses, in this order")
        .required()
        .type_name("NAME|FILE|URL");
    command.add_option("--out", &o->out, "the file to write; else the text goes to stdout").type_name("FILE");
    command
        .add_option(
            "--bytes", [o](const std::string& text) { o->request.bytes = parse_size("--bytes", text); },
            "at most so much text, whole paragraphs, shared by the inputs; 300K, 2M")
        .type_name("N")
        .default_str("2M for generated text, else all");
    add_whole(command, "--seed", &o->request.seed, 0, std::numeric_limits<uint64_t>::max(),
              "of generated text");
    command.add_flag("--lowercase", &o->request.lowercase, "write small letters only");
    command.add_option("--cache", &o->request.fetch.cache_dir, "keep downloads in this folder")
        .type_name("DIR");
    command.add_flag("--no-cache", &o->no_cache, "neither read nor write the cache");
    command.add_flag("--refresh", &o->request.fetch.refresh, "download again what the cache has");
    command.add_option("--mirror", &o->request.mirror, "take the named corpora's files from this address")
        .type_name("URL")
        .check([](const std::string& text) {
            return is_url(text) ? std::string()
                                : "'" + text + "' is no address: use http://... or https://...";
        });
    add_json(command, &o->json);
    command.footer(footer());
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
