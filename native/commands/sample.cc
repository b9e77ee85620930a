// atome sample: a file of text that a vanilla GPT writes, for a student to learn from.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/evaluate/generation.h"
#include "native/evaluate/sample_text.h"
#include "native/io/files.h"
#include "native/io/gpt_file.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

struct SampleOptions {
    ModelOptions model;
    SamplerOptions sampling{.temperature = 1, .top_k = 0, .top_p = 1, .seed = 0};
    std::optional<std::string> prompt;
    std::string out;
    uint64_t bytes = 0;
    uint32_t streams = 64;
    std::optional<uint32_t> threads;
    bool json = false;
};

GptFile load(const ModelOptions& o) {
    const std::vector<uint8_t> bytes = read_file(o.path);
    if (auto gpt = find_gpt(bytes, o.path)) return std::move(*gpt);
    ModelFile::load(o, bytes);  // throws what is wrong with a file that is no model
    throw Failure(o.path + ": is a routed-ternary model: sample takes vanilla GPTs (use atome generate)");
}

std::string default_prompt(uint32_t vocab_size) {
    // What TinyStories puts between two stories; else what `generate` starts from.
    if (vocab_size == 256) return "<|endoftext|>\n";
    return text_of({first_token(vocab_size)});
}

std::string prompt_of(const SampleOptions& o, const GptConfig& config) {
    const std::string prompt = o.prompt.value_or(default_prompt(config.vocab_size));
    if (prompt.empty()) throw Failure("--prompt is empty: give at least one byte to start from");
    if (prompt.size() > config.max_seq)
        throw Failure(
            fmt::format("--prompt has {} bytes: this model takes at most {}", prompt.size(), config.max_seq));
    return text_of(tokens_of(prompt, config.vocab_size, "--prompt"));
}

void run(const SampleOptions& o) {
    const GptFile file = load(o.model);
    const std::string prompt = prompt_of(o, file.model.config);
    if (same_file(o.out, o.model.path))
        throw Failure(o.out + ": is the model that is read (give another name)");
    require_writable(o.out);
    const SampledText sampled = sample_text(file.model, prompt, o.model.path,
                                            {o.sampling, o.bytes, o.streams, o.threads, o.model.kernels});
    write_file_atomic(o.out, sampled.text);
    const double rate = static_cast<double>(o.bytes) / std::max(sampled.seconds, 1e-9);
    if (o.json) {
        print_json({{"bytes", o.bytes},
                    {"streams", o.streams},
                    {"prompt", prompt},
                    {"temperature", json_number(o.sampling.temperature)},
                    {"top_p", json_number(o.sampling.top_p)},
                    {"top_k", o.sampling.top_k},
                    {"seed", o.sampling.seed},
                    {"threads", sampled.threads},
                    {"kernels", sampled.kernels},
                    {"seconds", sampled.seconds},
                    {"bytes_per_second", rate}});
        return;
    }
    print(fmt::format("{} bytes of {} streams, written to {}\n{} bytes per second, kernels {}\n",
                      grouped(o.bytes), o.streams, printable(o.out),
                      grouped(static_cast<unsigned long long>(rate)), sampled.kernels));
}

}  // namespace

void add_sample(App& app) {
    auto o = std::make_shared<SampleOptions>();
    App command = app.add_subcommand("sample", "A file of text from a vanilla GPT, to distil it");
    add_model_path(command, &o->model).required();
    add_whole(command, "--bytes", &o->bytes, 1, kMaxFileBytes, "bytes to make").required().default_str("");
    command.add_option("--out", &o->out, "the file to write").required().type_name("FILE");
    add_whole(command, "--streams", &o->streams, 1, 65536, "texts to write side by side");
    add_sampling(command, &o->sampling);
    command.add_option("--prompt", &o->prompt, "what every stream starts from; it is not written")
        .type_name("S")
        .default_str("\"<|endoftext|>\\n\", where the vocabulary is 256");
    add_whole(command, "--threads", &o->threads, 1, 1024, "they do not change the text")
        .default_str("all cores");
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        "Streams are independent texts of --bytes / --streams bytes each, written one after the other. One "
        "that\n"
        "has filled the model's positions goes on with its last quarter of them as the new context. A "
        "thread\n"
        "takes 8 streams at a time.\n\n"
        "Example:\n  atome sample teacher.safetensors --bytes 6000000 --seed 1 --out teacher.txt");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
