// atome eval: how well a model predicts a file.
#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "native/cli/terminal.h"
#include "native/commands/commands.h"
#include "native/evaluate/evaluate.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

struct Options {
    ModelOptions model;
    std::string data;
    EvalOptions eval;
    bool json = false;
};

void show(const EvalResult& e, bool as_json) {
    const double bpb = e.nats / std::log(2.0), perplexity = std::exp(e.nats);
    if (as_json) {
        Json json = {{"bytes", e.predictions},   {"nats", e.nats},       {"bpb", bpb},
                     {"perplexity", perplexity}, {"chunks", e.chunks()}, {"seq", e.seq},
                     {"window", e.window},       {"kernels", e.kernels}, {"tokens", e.tokens}};
        if (e.rounding) {
            json["round"] = name(*e.rounding);
            json["weight_bytes"] = e.weight_bytes;
        }
        return print_json(json);
    }
    print(fmt::format("bits per byte   {:.4f}\n", bpb));
    print(fmt::format("perplexity      {:.4f}  per byte\n", perplexity));
    print(fmt::format("nats            {:.4f}  per byte\n", e.nats));
    print(fmt::format("bytes           {}  predicted, {} chunks of {} with {} predictions each\n",
                      grouped(e.predictions), grouped(e.chunks()), e.seq, e.seq - 1));
    if (e.tokens != e.predictions)
        print(fmt::format("tokens          {}  stand for them, {:.3f} bytes each\n", grouped(e.tokens),
                          static_cast<double>(e.predictions) / static_cast<double>(e.tokens)));
    print(fmt::format("window          {}\nkernels         {}\n", e.window, e.kernels));
    if (e.rounding)
        print(fmt::format("weights         {} bytes, rounding {}\n", grouped(e.weight_bytes),
                          name(*e.rounding)));
}

}  // namespace

void add_eval(App& app) {
    auto o = std::make_shared<Options>();
    App command = app.add_subcommand("eval", "Bits per byte, perplexity and nats of a model on a file");
    add_model(command, &o->model).required();
    command.add_option("--data", &o->data, "the text to predict").required().type_name("FILE");
    // Both names: --seq-bytes says that it counts bytes whatever the tokens are.
    add_whole(command, "--seq,--seq-bytes", &o->eval.seq, 2, Limits::window, "bytes in a chunk")
        .default_str("the model's window, else 64");
    add_window(command, &o->eval.window, "the model's, else 256, at least --seq");
    add_whole(command, "--threads", &o->eval.threads, 1, 1024, "they do not change the result")
        .default_str("all cores");
    command
        .add_option(
            "--round",
            [o](const std::string& text) {
                Rounding rounding;
                if (!parse_rounding(text, &rounding))
                    throw UsageError(fmt::format("--round: unknown '{}': use none, int8 or int4", text));
                o->eval.rounding = rounding;
            },
            "of a vanilla model: round its matrices, one scale a row, and count the bytes that they take so")
        .type_name("NAME")
        .default_str("none");
    add_engine(command, &o->eval.fixed);
    add_kernels(command, &o->eval.kernels);
    add_json(command, &o->json);
    command.footer(
        "The file is cut into chunks of --seq bytes. In each the model starts afresh and predicts all bytes\n"
        "but the first; an incomplete last chunk is left out. bytes counts those predicted, whatever the\n"
        "tokens are: with pairs each chunk is encoded by itself, its first byte alone, and the nats of its\n"
        "tokens are shared among its bytes.\n\n"
        "Example:\n  atome eval model.safetensors --data valid.txt --seq 64");
    command.callback([o] {
        const AnyModel model = load_any(o->model);
        show(evaluate(model, o->model.path, read_text(o->data), o->data, o->eval), o->json);
    });
}

}  // namespace atome::cli
