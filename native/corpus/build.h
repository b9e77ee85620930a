// One cleaned text out of grammars, files, addresses and known sources: the work of `atome corpus`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "native/corpus/fetch.h"

namespace atome::cli {

// No file, download or result may be larger.
inline constexpr uint64_t kMaxCorpusBytes = uint64_t{256} << 20;
// What a grammar writes when no amount is asked for.
inline constexpr uint64_t kGrammarBytes = uint64_t{2} << 20;

struct CorpusRequest {
    std::vector<std::string> inputs;  // names of grammars and sources, paths, addresses
    uint64_t bytes = 0;               // at most this much text, shared by the inputs; 0: all there is
    uint64_t seed = 1;                // of the grammars
    bool lowercase = false;
    std::string mirror;  // in the place of the known sources' own address; empty: none
    FetchOptions fetch;  // its progress and warn are set by build_corpus
    // All three may be empty. `on_download` begins a file, `on_progress` goes on with it.
    std::function<void(const std::string& url)> on_download;
    std::function<void(uint64_t done, uint64_t total)> on_progress;
    std::function<void(const std::string& line)> on_warning;
};

struct CorpusPart {
    std::string name;
    std::string kind;     // "grammar", "file", "url" or "source"
    std::string licence;  // of known sources, else empty
    uint64_t bytes = 0;
};

struct CorpusSkip {
    std::string name;  // an input, or the address of one page
    std::string reason;
};

struct Corpus {
    std::string text;  // ends with a newline
    std::size_t paragraphs = 0;
    std::size_t repeats = 0;  // paragraphs left out because they came before
    std::vector<CorpusPart> parts;
    std::vector<CorpusSkip> skipped;
};

// Files must all be readable: a wrong path is a Failure before anything is downloaded. What fails on the
// network is skipped with a warning. Failure when nothing is left.
Corpus build_corpus(const CorpusRequest& request);

// The same, with downloads as a progress bar and warnings as lines on stderr; then writes the text: to the
// file `out`, or to standard output where it is empty. Throws Failure too for an input that is `out` and for
// a file that cannot be written, before any download.
Corpus write_corpus(CorpusRequest request, const std::string& out);

}  // namespace atome::cli
