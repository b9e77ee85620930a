// atome sample: a file of text that a vanilla GPT writes, for a student to learn from.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "atome/kernels/registry.h"
#include "atome/models/gpt/sampler.h"
#include "native/files.h"
#include "native/gpt_file.h"
#include "native/model_file.h"
#include "native/progress.h"
#include "native/terminal.h"
#include "native/thread_pool.h"

namespace atome::cli {
namespace {

// Streams that one thread takes at a time. They share every matrix as it is read, but each adds its caches to
// what must stay near: of vanilla_1m_v1 (0.9 MB of caches a stream), groups of 8 made 30 KB a second of one
// core, of 32 and 64 19 KB. It changes no byte of the text.
constexpr uint32_t kGroup = 8;
// More is a slip of the finger rather than a wish.
constexpr uint64_t kMaxMemory = uint64_t{8} << 30;

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
    return std::string(1, vocab_size > '\n' ? '\n' : '\0');
}

std::string prompt_of(const SampleOptions& o, const GptConfig& config) {
    const std::string prompt = o.prompt.value_or(default_prompt(config.vocab_size));
    if (prompt.empty()) throw Failure("--prompt is empty: give at least one byte to start from");
    if (prompt.size() > config.max_seq)
        throw Failure(
            fmt::format("--prompt has {} bytes: this model takes at most {}", prompt.size(), config.max_seq));
    for (std::size_t i = 0; i < prompt.size(); i++)
        if (const uint32_t token = static_cast<unsigned char>(prompt[i]); token >= config.vocab_size)
            throw Failure(
                fmt::format("--prompt: byte {} at offset {} is outside the model's vocabulary: use "
                            "bytes 0..{}",
                            token, i, config.vocab_size - 1));
    return prompt;
}

// The texts of all streams, one after the other. The first bytes % streams of them have one byte more.
class Text {
  public:
    Text(uint64_t bytes, uint32_t streams) : bytes_(bytes, '\0'), streams_(streams) {}
    uint64_t length(uint64_t stream) const {
        return bytes_.size() / streams_ + (stream < bytes_.size() % streams_);
    }
    char* begin(uint64_t stream) {
        return &bytes_[stream * (bytes_.size() / streams_) + std::min(stream, bytes_.size() % streams_)];
    }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
    uint64_t streams_;
};

struct Sampled {
    std::string text;
    double seconds;
    uint32_t threads;
    const char* kernels;
};

Sampled sample(const GptModel& model, const std::string& prompt, const SampleOptions& o) {
    // A stream without a byte needs no sampling.
    const auto streams = static_cast<uint32_t>(std::min<uint64_t>(o.streams, o.bytes));
    const uint32_t groups = (streams + kGroup - 1) / kGroup, most = std::min(streams, kGroup);
    const uint32_t hardware = std::max(1u, std::thread::hardware_concurrency());
    const uint32_t threads = std::min(o.threads.value_or(hardware), groups);
    const uint64_t memory = threads * GptDecoder::bytes(model.config, most);
    if (memory > kMaxMemory)
        throw Failure(
            fmt::format("{}: {} threads with {} streams each need {} bytes of memory: use fewer "
                        "--threads or --streams (the limit is {} bytes)",
                        o.model.path, threads, most, grouped(memory), grouped(kMaxMemory)));

    ThreadPool pool(threads);
    GptNetwork network(model.config);
    // Without FMA: every set of kernels gives the same text.
    network.prepare(model.tensors, kernel_set_of(o.model.kernels, true), pool);
    std::vector<std::unique_ptr<GptSampler>> samplers;
    for (uint32_t t = 0; t < threads; t++) samplers.push_back(std::make_unique<GptSampler>(network, most));

    Text text(o.bytes, streams);
    Progress progress(o.bytes, "bytes");
    progress.update(0);
    std::atomic<uint64_t> done{0};
    const auto start = std::chrono::steady_clock::now();
    // Nothing throws in here.
    pool.run(groups, [&](uint32_t group, uint32_t worker) {
        GptSampler& sampler = *samplers[worker];
        const uint32_t first = group * kGroup, count = std::min(kGroup, streams - first);
        sampler.start(prompt, o.sampling, first, count);
        for (uint64_t i = 0; i < text.length(first); i++) {
            const uint8_t* tokens = sampler.next();
            for (uint32_t s = 0; s < count; s++)
                if (i < text.length(first + s)) text.begin(first + s)[i] = static_cast<char>(tokens[s]);
            const uint64_t now = done.fetch_add(count) + count;
            if (worker == 0) progress.update(std::min(now, o.bytes));
        }
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    progress.update(o.bytes);
    progress.finish();
    return {text.bytes(), seconds, threads, network.kernels().name};
}

void run(const SampleOptions& o) {
    const GptFile file = load(o.model);
    const std::string prompt = prompt_of(o, file.model.config);
    if (same_file(o.out, o.model.path))
        throw Failure(o.out + ": is the model that is read (give another name)");
    require_writable(o.out);
    const Sampled sampled = sample(file.model, prompt, o);
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
