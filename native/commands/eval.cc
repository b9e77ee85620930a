// atome eval: how well a model predicts a file.
#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/evaluate/evaluate_gpt.h"
#include "native/evaluate/evaluate_routed.h"
#include "native/io/files.h"
#include "native/io/gpt_file.h"
#include "native/io/model_file.h"

namespace atome::cli {
namespace {

struct EvalOptions {
    ModelOptions model;
    std::string data;
    std::optional<uint32_t> seq;
    std::optional<uint32_t> window;
    std::optional<uint32_t> threads;
    std::optional<Rounding> rounding;
    bool json = false;
};

struct Evaluation {
    uint64_t chunks = 0;
    uint64_t bytes = 0;  // predicted
    double nats = 0;     // mean per predicted byte
    uint32_t seq = 0;
    uint32_t window = 0;
    const char* kernels = "";
    // Of a vanilla model: how its weights were rounded, and how many bytes they take so.
    std::optional<Rounding> rounding;
    uint64_t weight_bytes = 0;
};

Evaluation evaluate_vanilla(const GptFile& file, const std::string& text, const EvalOptions& o) {
    if (o.window)
        throw Failure(
            fmt::format("{}: a vanilla model's attention has no window: leave out --window", o.model.path));
    const uint32_t most = file.model.config.max_seq + 1;
    if (o.seq && *o.seq > most)
        throw Failure(fmt::format("{}: knows {} positions: use --seq 2..{}", o.model.path,
                                  file.model.config.max_seq, most));
    const GptEvalOptions options{o.seq, o.threads, o.rounding.value_or(Rounding::none), o.model.kernels};
    const GptEvaluation gpt = evaluate_gpt(file.model, text, o.data, options);
    Evaluation e;
    e.chunks = gpt.predictions / (gpt.seq - 1);
    e.bytes = gpt.predictions;
    e.nats = gpt.nats;
    e.seq = e.window = gpt.seq;
    e.kernels = gpt.kernels;
    e.rounding = options.rounding;
    e.weight_bytes = weight_bytes(file.model.config, options.rounding);
    return e;
}

Evaluation evaluate(const std::vector<uint8_t>& bytes, const std::string& text, const EvalOptions& o) {
    if (const auto gpt = find_gpt(bytes, o.model.path)) return evaluate_vanilla(*gpt, text, o);
    const ModelFile model = ModelFile::load(o.model, bytes);
    if (o.rounding)
        throw Failure(
            fmt::format("{}: has a quantiser of its own: --round is for vanilla models", o.model.path));
    const RoutedEvaluation routed = evaluate_routed(model, tokens_of(text, model.config().vocab_size, o.data),
                                                    {o.seq, o.window, o.threads, o.model.kernels});
    Evaluation e;
    e.chunks = routed.predictions / (routed.seq - 1);
    e.bytes = routed.predictions;
    e.nats = routed.nats;
    e.seq = routed.seq;
    e.window = routed.window;
    e.kernels = routed.kernels;
    return e;
}

void run(const EvalOptions& o) {
    const std::vector<uint8_t> bytes = read_file(o.model.path);
    const std::string text = read_text(o.data);
    if (text.size() < 2)
        throw Failure(fmt::format("{}: has {} byte{}: at least 2 bytes are needed", o.data, text.size(),
                                  text.size() == 1 ? "" : "s"));
    const Evaluation e = evaluate(bytes, text, o);
    const double bpb = e.nats / std::log(2.0), perplexity = std::exp(e.nats);
    if (o.json) {
        Json json = {{"bytes", e.bytes},   {"nats", e.nats}, {"bpb", bpb},         {"perplexity", perplexity},
                     {"chunks", e.chunks}, {"seq", e.seq},   {"window", e.window}, {"kernels", e.kernels}};
        if (e.rounding) {
            json["round"] = name(*e.rounding);
            json["weight_bytes"] = e.weight_bytes;
        }
        print_json(json);
        return;
    }
    print(fmt::format("bits per byte   {:.4f}\n", bpb));
    print(fmt::format("perplexity      {:.4f}  per byte\n", perplexity));
    print(fmt::format("nats            {:.4f}  per byte\n", e.nats));
    print(fmt::format("bytes           {}  predicted, {} chunks of {} with {} predictions each\n",
                      grouped(e.bytes), grouped(e.chunks), e.seq, e.seq - 1));
    print(fmt::format("window          {}\nkernels         {}\n", e.window, e.kernels));
    if (e.rounding)
        print(fmt::format("weights         {} bytes, rounding {}\n", grouped(e.weight_bytes),
                          name(*e.rounding)));
}

}  // namespace

void add_eval(App& app) {
    auto o = std::make_shared<EvalOptions>();
    App command = app.add_subcommand("eval", "Bits per byte, perplexity and nats of a model on a file");
    add_model(command, &o->model).required();
    command.add_option("--data", &o->data, "the text to predict").required().type_name("FILE");
    add_whole(command, "--seq", &o->seq, 2, Limits::window, "bytes in a chunk")
        .default_str("the model's window, else 64");
    add_window(command, &o->window, "the model's, else 256, at least --seq");
    add_whole(command, "--threads", &o->threads, 1, 1024, "they do not change the result")
        .default_str("all cores");
    command
        .add_option(
            "--round",
            [o](const std::string& text) {
                Rounding rounding;
                if (!parse_rounding(text, &rounding))
                    throw UsageError(fmt::format("--round: unknown '{}': use none, int8 or int4", text));
                o->rounding = rounding;
            },
            "of a vanilla model: round its matrices, one scale a row, and count the bytes that they take so")
        .type_name("NAME")
        .default_str("none");
    add_kernels(command, &o->model.kernels);
    add_json(command, &o->json);
    command.footer(
        "The file is cut into chunks of --seq bytes. In each the model starts afresh and predicts all bytes\n"
        "but the first; an incomplete last chunk is left out. bytes counts predictions.\n\n"
        "Example:\n  atome eval model.safetensors --data valid.txt --seq 64");
    command.callback([o] { run(*o); });
}

}  // namespace atome::cli
