// atome bench: throughput of inference and training, beside the published kit's.
#include "native/bench/bench.h"

#include <fmt/core.h>

#include <memory>

#include "native/cli/options.h"
#include "native/cli/output.h"
#include "native/cli/terminal.h"
#include "native/commands/commands.h"

namespace atome::cli {
namespace {

struct Options : BenchOptions {
    bool json = false;
};

void show(const std::vector<BenchResult>& results, const Options& o) {
    if (o.json) {
        Json list = Json::array();
        for (const BenchResult& r : results) {
            Json json = {{"name", r.name},
                         {"bytes_per_second", r.median},
                         {"tokens_per_second", r.tokens},
                         {"seed_bytes_per_second", r.published},
                         {"ratio", r.ratio()},
                         {"lowest", r.lowest},
                         {"highest", r.highest},
                         {"kernels", r.kernels},
                         {"against_bytes", nullptr}};
            if (r.against_bytes) json["against_bytes"] = *r.against_bytes;
            list.push_back(std::move(json));
        }
        print_json({{"results", list}, {"repeats", o.repeats}});
        return;
    }
    print(fmt::format("{:<23} {:>11} {:>21} {:>11} {:>8} {:>14} {:>9}  kernels\n", "", "bytes/s",
                      "lowest - highest", "tokens/s", "to bytes", "published kit", "ratio"));
    for (const BenchResult& r : results)
        print(fmt::format("{:<23} {:>11} {:>21} {:>11} {:>8} {:>14} {:>8.1f}x  {}\n", r.name,
                          grouped(static_cast<uint64_t>(r.median)),
                          fmt::format("{} - {}", grouped(static_cast<uint64_t>(r.lowest)),
                                      grouped(static_cast<uint64_t>(r.highest))),
                          grouped(static_cast<uint64_t>(r.tokens)),
                          r.against_bytes ? fmt::format("{:.2f}x", *r.against_bytes) : "",
                          fmt::format("{:g}", r.published), r.ratio(), r.kernels));
    print(
        "Medians, in bytes of text: stories. Inference: one thread, greedy, attention window full. Training: "
        "all\n"
        "threads. Pairs: the same shapes, with a vocabulary learned from other stories.\n"
        "The published kit's figures were measured once, on another machine with 2 cores.\n");
}

}  // namespace

void add_bench(App& app) {
    auto o = std::make_shared<Options>();
    App command = app.add_subcommand(
        "bench", "Bytes of text per second of inference and training, with bytes and with pairs");
    command.add_option("WHAT", &o->what, "infer, train, or both where it is left out")
        .one_of({"infer", "train"});
    add_whole(command, "--repeats", &o->repeats, 1, 1000, "timed stretches; the median is printed");
    add_window(command, &o->window, "256");
    add_whole(command, "--threads", &o->threads, 1, 256, "of training").default_str("all cores, up to 8");
    command.add_flag("--exact", &o->exact, "training without FMA");
    add_kernels(command, &o->kernels);
    add_json(command, &o->json);
    command.footer(
        "Bytes are those of the text, stories: of pairs some two for each token. to bytes: the speed of "
        "pairs over that\n"
        "of bytes, measured in turn.\n\n"
        "Example:\n  atome bench infer --json");
    command.callback([o] { show(bench(*o), *o); });
}

}  // namespace atome::cli
