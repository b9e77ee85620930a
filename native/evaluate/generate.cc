#include "native/evaluate/generate.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>

#include "native/cli/progress.h"
#include "native/cli/terminal.h"
#include "native/evaluate/generation.h"
#include "native/io/files.h"
#include "native/io/stopwatch.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

GeneratorSource open(const GenerateOptions& o, GptGenerators gpt_generators) {
    const std::string& path = o.model.path;
    AnyModel model = load_any(o.model);
    if (auto* routed = std::get_if<ModelFile>(&model)) {
        if (o.stop_when_unsure) require_router(routed->config(), path);
        return routed_generators(std::move(*routed), o.model, o.window, o.fixed,
                                 o.stop_when_unsure.value_or(1));
    }
    if (!gpt_generators)
        throw Failure(path + ": is a vanilla GPT: use atome generate, which this program is a part of");
    if (o.fixed) throw Failure(path + ": a vanilla model has no fixed engine: leave out --engine");
    if (o.window) throw Failure(path + ": a vanilla model's attention has no window: leave out --window");
    if (o.show_entropy) throw Failure(path + ": a vanilla model has no router: leave out --show-entropy");
    if (o.stop_when_unsure)
        throw Failure(path + ": a vanilla model has no router: leave out --stop-when-unsure");
    return gpt_generators(std::get<GptFile>(std::move(model)), o.model.kernels);
}

// The first n % streams texts have one byte more.
uint64_t length_of(const GenerateOptions& o, uint64_t text) {
    return o.n / o.streams + (text < o.n % o.streams);
}
uint64_t begin_of(const GenerateOptions& o, uint64_t text) {
    return text * (o.n / o.streams) + std::min(text, o.n % o.streams);
}

void write_one(const GeneratorSource& source, const GenerateOptions& o,
               const std::function<void(uint32_t)>& emit, Generated* g) {
    const std::unique_ptr<Generator> generator = source.make(1);
    generator->start(o.prompt, o.sampling, 0, 1);
    const Stopwatch watch;
    for (uint64_t i = 0; i < o.n; i++) {
        const uint8_t* next = generator->next();
        if (!next) {
            g->stopped = generator->uncertainty();
            break;
        }
        const uint8_t token = *next;
        g->text += static_cast<char>(token);
        emit(token);
    }
    g->seconds = watch.seconds();
    if (const RouterStats* router = generator->router()) g->router = *router;
}

void write_many(const GeneratorSource& source, const GenerateOptions& o, Generated* g) {
    const uint32_t most = std::min(o.streams, source.texts_at_once), groups = (o.streams + most - 1) / most;
    g->threads = std::min(o.threads.value_or(cores()), groups);
    if (const uint64_t memory = g->threads * source.memory; memory > kMaxArenaBytes)
        throw Failure(
            fmt::format("{}: {} threads need {} bytes of memory: use fewer --threads (the limit is {} bytes)",
                        o.model.path, g->threads, grouped(memory), grouped(kMaxArenaBytes)));
    std::vector<std::unique_ptr<Generator>> generators;
    for (uint32_t t = 0; t < g->threads; t++) generators.push_back(source.make(most));
    ThreadPool pool(g->threads);
    g->text.resize(o.n);
    Progress progress(o.n, "bytes");
    progress.update(0);
    std::atomic<uint64_t> done{0};
    const Stopwatch watch;
    pool.run(groups, [&](uint32_t group, uint32_t worker) {
        Generator& generator = *generators[worker];
        const uint32_t first = group * most, count = std::min(most, o.streams - first);
        generator.start(o.prompt, o.sampling, first, count);
        for (uint64_t i = 0; i < length_of(o, first); i++) {
            const uint8_t* tokens = generator.next();
            for (uint32_t s = 0; s < count; s++)
                if (i < length_of(o, first + s))
                    g->text[begin_of(o, first + s) + i] = static_cast<char>(tokens[s]);
            const uint64_t now = done.fetch_add(count) + count;
            if (worker == 0) progress.update(std::min(now, o.n));
        }
    });
    g->seconds = watch.seconds();
    progress.update(o.n);
    progress.finish();
    write_file_atomic(*o.out, g->text);
}

}  // namespace

Generated generate(const GenerateOptions& options, GptGenerators gpt_generators,
                   const std::function<void(uint32_t)>& emit) {
    GenerateOptions o = options;
    // A text without a byte needs no generator.
    o.streams = static_cast<uint32_t>(std::min<uint64_t>(o.streams, o.n));
    const GeneratorSource source = open(o, gpt_generators);
    Generated g;
    g.window = source.window;
    g.kernels = source.kernels;
    if (!o.out) {
        write_one(source, o, emit, &g);
        return g;
    }
    // Said before the work, which may take hours.
    if (same_file(*o.out, o.model.path))
        throw Failure(*o.out + ": is the model that is read (give another name)");
    require_writable(*o.out);
    write_many(source, o, &g);
    return g;
}

}  // namespace atome::cli
