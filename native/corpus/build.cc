#include "native/corpus/build.h"

#include <algorithm>
#include <bit>
#include <filesystem>

#include "atome/corpus/corpus.h"
#include "native/corpus/clean.h"
#include "native/corpus/sources.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

constexpr const char* kOfflineHint = "`atome corpus stories` needs no network";
// A source of many pages is given up when so many fail and none has come.
constexpr std::size_t kGiveUpAfter = 3;

std::string known_names() {
    std::string names;
    for (const corpus::Preset& preset : corpus::presets()) names += std::string(preset.name) + ", ";
    for (const Source& source : sources()) names += std::string(source.name) + ", ";
    names.resize(names.size() - 2);
    return names;
}

void require_text(std::string_view bytes, const std::string& where) {
    if (looks_binary(bytes)) throw Failure(where + ": is not text (give plain text in UTF-8, or HTML)");
}

class Builder {
  public:
    explicit Builder(const CorpusRequest& request) : request_(request), fetch_(request.fetch) {
        fetch_.progress = request.on_progress;
        fetch_.warn = [this](const std::string& line) { warn(line); };
    }

    Corpus build() {
        for (const std::string& input : request_.inputs) check(input);
        uint64_t left = request_.bytes == 0 ? kMaxCorpusBytes : request_.bytes;
        for (std::size_t i = 0; i < request_.inputs.size(); ++i) {
            // What an earlier input left over goes to the later ones. A blank line parts them.
            const uint64_t share = left / (request_.inputs.size() - i);
            const uint64_t separator = corpus_.text.empty() ? 0 : 1;
            if (share <= separator) continue;
            const std::string text = add(request_.inputs[i], share - separator);
            if (text.empty()) continue;
            if (separator != 0) corpus_.text.push_back('\n');
            corpus_.text += text;
            left -= std::min<uint64_t>(left, text.size() + separator);
        }
        if (corpus_.text.empty()) throw Failure(nothing_left());
        corpus_.paragraphs = count_paragraphs(corpus_.text);
        corpus_.repeats = repeats_.dropped();
        return std::move(corpus_);
    }

  private:
    // Failure for inputs that no network can cure.
    static void check(const std::string& input) {
        if (corpus::find_preset(input) != nullptr || find_source(input) != nullptr) return;
        if (is_url(input)) {
            parse_url(input);
            return;
        }
        std::error_code error;
        if (!std::filesystem::exists(input, error))
            throw Failure(input + ": no such file, nor a corpus of this name (names: " + known_names() + ")");
    }

    // The text of one input, at most `share` bytes, and a record of it.
    std::string add(const std::string& input, uint64_t share) {
        CorpusPart part{input, "", "", 0};
        std::string text;
        try {
            if (const corpus::Preset* preset = corpus::find_preset(input)) {
                part.kind = "grammar";
                text = write_preset(*preset, share);
            } else if (const Source* source = find_source(input)) {
                part.kind = "source";
                part.licence = std::string(source->licence);
                text = fitted(download(*source, share), share);
            } else if (is_url(input)) {
                part.kind = "url";
                text = fitted(download(input, 0), share);
            } else {
                part.kind = "file";
                text = fitted(read(input), share);
            }
        } catch (const Failure& failure) {
            if (part.kind == "file") throw;
            skip(input, failure.what());
            return "";
        }
        if (text.empty()) {
            if (request_.bytes != 0 && part.kind == "grammar")
                skip(input,
                     input + ": " + std::to_string(share) + " bytes are too few for it (raise --bytes)");
            else
                skip(input, input + ": holds no text that is new");
            return "";
        }
        part.bytes = text.size();
        corpus_.parts.push_back(part);
        return text;
    }

    std::string write_preset(const corpus::Preset& preset, uint64_t share) const {
        const uint64_t bytes = request_.bytes == 0 ? std::min(share, kGrammarBytes) : share;
        const std::string text = preset.write(static_cast<std::size_t>(bytes), request_.seed);
        return request_.lowercase ? normalise(text, true) : text;
    }

    std::string read(const std::string& path) const {
        const std::string bytes = read_text(path, kMaxCorpusBytes);
        require_text(bytes, path);
        const bool html = path.ends_with(".html") || path.ends_with(".htm") || looks_like_html(bytes);
        return clean(bytes, {.html = html, .lowercase = request_.lowercase});
    }

    Fetched get(const std::string& url, uint64_t prefix_bytes) {
        if (request_.on_download) request_.on_download(url);
        fetch_.prefix_bytes = prefix_bytes;
        fetch_.max_bytes = kMaxCorpusBytes;
        return fetch(url, fetch_);
    }

    std::string download(const std::string& url, uint64_t prefix_bytes) {
        const Fetched fetched = get(url, prefix_bytes);
        require_text(fetched.body, url);
        const bool html = fetched.content_type == "text/html" ||
                          fetched.content_type == "application/xhtml+xml" || looks_like_html(fetched.body);
        std::string text = clean(fetched.body, {.html = html, .lowercase = request_.lowercase});
        // A beginning ends within a paragraph, which is left out.
        if (prefix_bytes != 0 && fetched.body.size() == prefix_bytes && text.size() > 2)
            text = cap(text, text.size() - 2);
        return text;
    }

    // Enough of a huge file for `share` bytes of text. A power of two, so that the cache serves similar
    // wishes.
    uint64_t prefix_for(const Source& source, uint64_t share) const {
        if (source.prefix_bytes == 0) return 0;
        if (request_.bytes == 0) return source.prefix_bytes;
        const uint64_t wanted = share + share / 4 + (uint64_t{1} << 16);
        return std::min(std::bit_ceil(wanted), kMaxCorpusBytes);
    }

    std::string download(const Source& source, uint64_t share) {
        std::string base = request_.mirror.empty() ? std::string(source.base) : request_.mirror;
        if (base.back() != '/') base.push_back('/');
        std::string text;
        std::size_t failed = 0;
        for (const std::string_view page : source.pages) {
            const std::string url = base + std::string(page);
            try {
                std::string part;
                if (source.zip_folders.empty()) {
                    part = download(url, prefix_for(source, share));
                } else {
                    const Fetched fetched = get(url, 0);
                    part = clean(unpack_pages(source, fetched.body, url), {.lowercase = request_.lowercase});
                }
                if (!text.empty() && !part.empty()) text.push_back('\n');
                text += part;
            } catch (const Failure& failure) {
                ++failed;
                // The only page's failure is the source's own.
                if (source.pages.size() == 1) throw;
                skip(url, failure.what());
                if (text.empty() && failed == kGiveUpAfter)
                    throw Failure("no page of " + std::string(source.name) + " could be downloaded");
            }
            if (text.size() > kMaxCorpusBytes) break;
        }
        return text;
    }

    // Without repeats, at most `share` bytes, and with a newline at its end.
    std::string fitted(const std::string& text, uint64_t share) {
        const std::string unique = repeats_.filter(text);
        if (unique.size() <= share) return unique;
        std::string part = cap(unique, static_cast<std::size_t>(share - 1));
        if (!part.empty() && part.back() != '\n') part.push_back('\n');
        return part;
    }

    void warn(const std::string& line) const {
        if (request_.on_warning) request_.on_warning(line);
    }

    void skip(const std::string& name, const std::string& reason) {
        corpus_.skipped.push_back({name, reason});
        warn("skipped: " + reason);
    }

    std::string nothing_left() const {
        std::string reason =
            corpus_.skipped.empty() ? "no input has any text" : corpus_.skipped.back().reason;
        bool network = false;
        for (const std::string& input : request_.inputs)
            network |= find_source(input) != nullptr || is_url(input);
        return network ? reason + "; " + kOfflineHint : reason;
    }

    const CorpusRequest& request_;
    FetchOptions fetch_;
    RepeatFilter repeats_;
    Corpus corpus_;
};

}  // namespace

Corpus build_corpus(const CorpusRequest& request) { return Builder(request).build(); }

}  // namespace atome::cli
