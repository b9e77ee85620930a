// atome export: a model in another format, or as a C header and the program around it.
#include "native/deploy/export.h"

#include <fmt/core.h>

#include <memory>

#include "native/cli/terminal.h"
#include "native/commands/commands.h"

namespace atome::cli {
namespace {

struct Options : ExportOptions {
    bool json = false;
};

void show(const Exported& e, const Options& o) {
    if (o.json) {
        const bool model = !o.out.empty();
        Json json = {{"bytes", model ? e.out_bytes : e.c_header_bytes},
                     {"format", model ? e.format : "c-header"},
                     {"out", model ? o.out : o.c_header}};
        if (model && !o.c_header.empty())
            json["c_header"] = {{"bytes", e.c_header_bytes}, {"out", o.c_header}};
        if (!o.main_c.empty())
            json["main_c"] = {{"bytes", e.main_c_bytes},
                              {"out", o.main_c},
                              {"window", e.window},
                              {"arena_bytes", e.arena_bytes}};
        return print_json(json);
    }
    if (!o.out.empty())
        print(fmt::format("{}: {} bytes, {}\n", printable(o.out), grouped(e.out_bytes), e.format));
    if (!o.c_header.empty())
        print(fmt::format("{}: {} bytes, C header\n", printable(o.c_header), grouped(e.c_header_bytes)));
    if (!o.main_c.empty())
        print(fmt::format("{}: {} bytes, C program; at a window of {} the engine needs {} bytes of RAM\n",
                          printable(o.main_c), grouped(e.main_c_bytes), e.window, grouped(e.arena_bytes)));
}

// The program that goes with the header; options as `atome generate` has them.
void add_main_c(App& command, App& outputs, const std::shared_ptr<Options>& o) {
    Option main_c =
        outputs
            .add_option("--main-c", &o->main_c,
                        "a complete C program for the chip, which includes the header and sends text to the "
                        "serial port; give --c-header too")
            .type_name("FILE");
    const auto add = [main_c](Option option) {
        option.needs(main_c).group("For --main-c: what the program writes");
    };
    MainCOptions& p = o->program;
    add(command.add_option("--prompt", &p.prompt, "the text to continue; empty: a new line").type_name("S"));
    add(add_whole(command, "-n", &p.n, 1, 1000000000, "bytes to make"));
    add(add_real(command, "--temperature", &p.sampling.temperature, 0, 100,
                 "0 always takes the most probable token; else 0.01..100"));
    add(add_real(command, "--top-p", &p.sampling.top_p, 0, 1,
                 "keep the fewest tokens whose probabilities reach this; above 0, at most 1"));
    // --top-k is the model's.
    add(add_whole(command, "--sampling-top-k", &p.sampling.top_k, 0, 256,
                  "keep this many most probable tokens; 0 keeps all"));
    add(add_whole(command, "--seed", &p.sampling.seed, 0, std::numeric_limits<uint64_t>::max(),
                  "the same seed gives the same bytes"));
    add(add_whole(command, "--window", &o->window, 1, Limits::window,
                  "positions that attention sees; RAM grows with it")
            .default_str("the model's, else 256"));
}

}  // namespace

void add_export(App& app) {
    auto o = std::make_shared<Options>();
    App command = app.add_subcommand("export", "Write a model in another format, or as C for a chip");
    add_model(command, &o->model).required();
    App outputs = command.add_option_group("Output", "at least one", 1, 3);
    outputs.add_option("--out", &o->out, "the file to write").type_name("FILE");
    outputs.add_option("--c-header", &o->c_header, "the .atome bytes as a C array, for firmware")
        .type_name("FILE");
    add_main_c(command, outputs, o);
    command.add_option("--format", &o->format, "the format of --out; otherwise its ending says it")
        .one_of({"atome", "atome01", "atome02", "atomep3", "safetensors"});
    command
        .add_option(
            "--trits", &o->trits,
            "packing of ternary codes in .atome and C headers: trit2 (2 bits a code, decodes fastest) or "
            "trit5 (1.6 bits, smallest)")
        .one_of({"trit2", "trit5"});
    add_engine(command, &o->fixed);
    command
        .add_option(
            "--calibrate", &o->calibrate,
            "for --engine fixed: a text like those that the model will see; its first 32,768 bytes say "
            "how large numbers get")
        .type_name("FILE")
        .default_str("text that the model writes");
    command.add_option("--symbol", &o->symbol, "name of the C array").type_name("NAME");
    add_quantizer(
        command, &o->model.quantizer,
        fmt::format("{}, instead of the model's own; float models only", quantizer_choices().view()));
    add_json(command, &o->json);
    command.footer(
        "Example:\n  atome export model.safetensors --out model.atome --trits trit5\n"
        "  atome export model.safetensors --c-header model.h --symbol story_model\n"
        "  atome export model.safetensors --c-header model.h --main-c main.c --prompt \"Once\" --window 32");
    command.callback([o] {
        if (!o->main_c.empty() && o->c_header.empty())
            throw UsageError("--main-c includes the header, so --c-header FILE is required");
        if (!o->fixed && !o->calibrate.empty())
            throw UsageError("--calibrate says how large numbers get: give --engine fixed, too");
        if (const Status status = validate(o->program.sampling); !status.ok())
            throw UsageError(std::string(status.message()));
        show(export_model(*o), *o);
    });
}

}  // namespace atome::cli
