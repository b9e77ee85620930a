#include "native/corpus/build.h"

#include <fmt/core.h>

#include <memory>

#include "native/cli/output.h"
#include "native/cli/progress.h"
#include "native/cli/terminal.h"
#include "native/io/files.h"

namespace atome::cli {

Corpus write_corpus(CorpusRequest request, const std::string& out) {
    for (const std::string& input : request.inputs)
        if (!out.empty() && !is_url(input) && same_file(input, out))
            throw Failure(out + ": is an input, too (write to another file)");
    if (!out.empty()) require_writable(out);  // said now rather than after a long download

    std::unique_ptr<Progress> progress;
    std::string url;
    request.on_download = [&](const std::string& next) {
        progress.reset();
        url = next;
    };
    request.on_progress = [&](uint64_t done, uint64_t total) {
        if (!progress) progress = std::make_unique<Progress>(total, "bytes");
        progress->update(done, url);
    };
    request.on_warning = [&](const std::string& line) {
        progress.reset();
        fmt::print(stderr, "atome: warning: {}\n", printable(line));
    };
    Corpus corpus = build_corpus(request);
    progress.reset();
    if (out.empty())
        print(corpus.text);
    else
        write_file_atomic(out, corpus.text);
    return corpus;
}

}  // namespace atome::cli
