#include "native/train/training.h"

#include <fmt/core.h>

#include "native/cli/output.h"
#include "native/cli/terminal.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

std::vector<uint8_t> read_texts(const TrainCommand& c) {
    std::vector<uint8_t> text;
    for (const std::string& path : c.data) {
        if (same_file(path, c.out))
            throw Failure(fmt::format("{}: --out is one of the --data files: use another name", c.out));
        const std::vector<uint8_t> bytes = read_file(path);
        if (bytes.empty())
            throw Failure(fmt::format("{}: is empty: training needs at least 2 bytes of text", path));
        text.insert(text.end(), bytes.begin(), bytes.end());
    }
    return text;
}

void show(const TrainResult& r, const TrainCommand& c) {
    if (c.json) {
        Json json = {{"steps", r.steps},
                     {"train_bpb", r.train_bpb},
                     {"valid_bpb", nullptr},
                     {"best_valid_bpb", nullptr},
                     {"seconds", r.seconds},
                     {"bytes_per_second", r.bytes_per_second},
                     {"digest", r.digest},
                     {"model", r.model},
                     {"parameters", r.parameters},
                     {"tokenizer", r.tokenizer},
                     {"bytes_per_token", r.bytes_per_token},
                     {"kernels", r.kernels},
                     {"threads", r.threads},
                     {"out", c.out}};
        if (r.valid_bpb) {
            json["valid_bpb"] = *r.valid_bpb;
            json["best_valid_bpb"] = *r.best_valid_bpb;
        }
        print_json(json);
        return;
    }
    print(fmt::format("steps           {}\n", grouped(r.steps)));
    print(fmt::format("bits per byte   {:.4f} on training text\n", r.train_bpb));
    if (r.valid_bpb) print(fmt::format("bits per byte   {:.4f} on validation text\n", *r.valid_bpb));
    print(fmt::format("time            {:.1f} s, {} bytes/s\n", r.seconds,
                      grouped(static_cast<uint64_t>(r.bytes_per_second))));
    print(fmt::format("weights         {}  digest {}\n", c.out, r.digest));
}

}  // namespace

void run_train(const TrainCommand& command) { show(train(command, {read_texts(command), {}}), command); }

}  // namespace atome::cli
