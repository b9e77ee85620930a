// `atome generate` with a vanilla GPT.
#include <chrono>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/sampler.h"
#include "native/commands/commands.h"
#include "native/commands/generate.h"
#include "native/evaluate/generation.h"
#include "native/io/thread_pool.h"

namespace atome::cli {
namespace {

void generate_gpt(const GptFile& file, const GenerateOptions& o) {
    const GptConfig& config = file.model.config;
    if (o.window)
        throw Failure(o.model.path + ": a vanilla model's attention has no window: leave out --window");
    if (o.show_entropy)
        throw Failure(o.model.path + ": a vanilla model has no router: leave out --show-entropy");
    std::string prompt = text_of(tokens_of(o.prompt, config.vocab_size, "--prompt"));
    if (prompt.empty()) prompt = text_of({first_token(config.vocab_size)});
    // Of a longer prompt the model can see the end.
    if (prompt.size() > config.max_seq) prompt.erase(0, prompt.size() - config.max_seq);

    ThreadPool pool(1);
    GptNetwork network(config);
    // Without FMA: every set of kernels gives the same text.
    network.prepare(file.model.tensors, kernel_set_of(o.model.kernels, true), pool);
    GptSampler sampler(network, 1);
    sampler.start(prompt, o.sampling, 0, 1);
    show_prompt(o);
    TextStream stream;
    std::vector<uint32_t> tokens;
    const auto start = std::chrono::steady_clock::now();
    for (uint64_t i = 0; i < o.n; i++) {
        tokens.push_back(*sampler.next());
        if (!o.json) stream.put(tokens.back());
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (o.json)
        print_json(generated_json(o, tokens, seconds, config.max_seq, network.kernels().name));
    else
        stream.end_line();
}

}  // namespace

void add_generate(App& app) { add_generate(app, generate_gpt); }

}  // namespace atome::cli
