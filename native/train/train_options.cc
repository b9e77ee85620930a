#include "native/train/train_options.h"

#include <fmt/core.h>

#include <algorithm>

#include "atome/base/math.h"
#include "atome/models/gpt/model.h"
#include "atome/train/options_table.h"
#include "atome/train/recipe.h"

namespace atome::cli {
namespace {

// A flag of the row's key. The teacher's options are of `atome distill`, which is about nothing else.
std::string flag(const TrainOptionRow& row) {
    constexpr std::string_view kTeacher = "teacher_";
    return option_of(std::string(row.teacher ? row.key.substr(kTeacher.size()) : row.key));
}

// A text of the table with the flags of the options that it names in braces.
std::string with_flags(std::string_view text) {
    std::string result;
    for (std::size_t open; (open = text.find('{')) != std::string_view::npos;) {
        const std::size_t close = text.find('}', open);
        result += text.substr(0, open);
        result += flag(*find_train_option(text.substr(open + 1, close - open - 1)));
        text.remove_prefix(close + 1);
    }
    return result.append(text);
}

std::string choices_text(const TrainOptionRow& row) {
    std::string text;
    for (std::size_t i = 0; i < row.choices.size(); i++)
        text += (i == 0 ? "" : i + 1 < row.choices.size() ? ", " : " or ") + std::string(row.choices[i]);
    return text;
}

uint64_t parse_value(const TrainOptionRow& row, const std::string& option, const std::string& text) {
    const double least = row.range.closed_least(), most = row.range.closed_most();
    uint64_t value = 0;
    switch (row.kind) {
        case OptionKind::whole:
            return parse_whole(option, text, static_cast<uint64_t>(least), static_cast<uint64_t>(most));
        case OptionKind::real:
            return bits_as<uint32_t>(static_cast<float>(parse_real(option, text, least, most)));
        case OptionKind::choice:
            if (!parse_choice(row, text, &value))
                throw UsageError(fmt::format("{}: unknown '{}': use {}", option, text, choices_text(row)));
    }
    return value;
}

std::string default_text(const TrainOptionRow& row) {
    const TrainOptions defaults;
    if (!row.by_default.empty()) return with_flags(row.by_default);
    if (row.kind == OptionKind::real) return fmt::format("{}", row.real(defaults));
    if (row.kind == OptionKind::choice) return std::string(row.choices[row.get(defaults)]);
    return std::to_string(row.get(defaults));
}

// An option that changes one field of the recipe, applied after the recipe has been chosen.
Option add_recipe(App& app, TrainCommand* c, const TrainOptionRow& row) {
    const std::string option = flag(row);
    return app
        .add_option(
            option,
            [=, &row](const std::string& text) {
                const uint64_t value = parse_value(row, option, text);
                c->given.push_back({option, [value, &row](TrainOptions& o) { row.set(o, value); }});
            },
            with_flags(row.help))
        .type_name(row.kind == OptionKind::real     ? "X"
                   : row.kind == OptionKind::choice ? "NAME"
                                                    : "N")
        .default_str(default_text(row));
}

void add_minutes(App& app, TrainCommand* c, const Option& steps) {
    app.add_option(
           "--minutes",
           [c](const std::string& text) {
               c->minutes = static_cast<float>(parse_real("--minutes", text, 0.01, 1e5));
           },
           "instead of --steps: as many as this machine, measured first, takes in so long")
        .type_name("X")
        .excludes(steps);
}

}  // namespace

void add_train_options(App& app, TrainCommand* c) {
    app.add_option("--data", &c->data, "text files, used one after the other")
        .required()
        .type_name("FILE...");
    app.add_option("--out", &c->out, "the model; with optimiser state, so that --resume can go on")
        .required()
        .type_name("M.safetensors");
    app.add_flag("--resume", &c->resume, "continue the run in --out (or start it, where there is none)");
    app.add_flag("--seed-recipe", &c->published_recipe,
                 "start from the published kit's recipe: AdamW at 3e-4, constant, chunks");
    for (const TrainOptionRow& row : train_option_rows()) {
        if (row.teacher) continue;
        const Option option = add_recipe(app, c, row);
        if (row.key == "steps") add_minutes(app, c, option);
    }
    app.add_option(
           "--model",
           [c](const std::string& text) {
               if (text != "routed" && text != "vanilla")
                   throw UsageError(fmt::format("--model: unknown '{}': use routed or vanilla", text));
               c->model = text == "vanilla" ? ModelKind::vanilla : ModelKind::routed;
           },
           "routed, or vanilla: a GPT to compare with, of at most --seq positions, float unless --quantizer says so")
        .type_name("NAME")
        .default_str("routed");
    add_planned_model(app, recommended_model(), &c->fields);
    // What only a GPT has. It knows as many positions as a sequence has.
    for (const ConfigField<GptConfig>& f : fields(GptConfig()))
        if (!find_field(Config(), f.name) && f.dim != Dim::positions)
            add_field(app, option_of(f.name), f, GptConfig(), &c->fields).group("A vanilla model");
    add_whole(app, "--threads", &c->threads, 1, 256, "they do not change the weights")
        .default_str("all cores, up to 8");
    app.add_flag("--exact", &c->exact, "no FMA: the same weights from every kernel set and in the browser");
    add_kernels(app, &c->kernels);
    add_whole(app, "--save-every", &c->save_every, 1, 100'000'000, "steps between saves of --out")
        .default_str("every 5 seconds");
    add_whole(app, "--eval-every", &c->eval_every, 1, 100'000'000, "steps between validations")
        .default_str("a twentieth of --steps");
    add_whole(app, "--sample-every", &c->sample_every, 0, 100'000'000, "steps between samples; 0: none")
        .default_str("4 validations");
    app.add_option("--prompt", &c->prompt, "what samples start from").type_name("TEXT");
    app.add_option("--log", &c->log, "append a JSON line for every validation").type_name("FILE");
    add_json(app, &c->json);
}

void add_teacher_options(App& app, TrainCommand* c) {
    for (const TrainOptionRow& row : train_option_rows()) {
        if (!row.teacher) continue;
        Option option = add_recipe(app, c, row);
        if (row.key == "teacher_alpha") option.default_str(fmt::format("{}", kTeacherAlpha));
    }
}

TrainOptions recipe(const TrainCommand& c, std::optional<uint32_t> steps) {
    TrainOptions options = c.published_recipe ? published_recipe() : TrainOptions{};
    // Distilling without a share for the teacher would be training.
    if (!c.teacher.model.empty()) options.teacher_alpha = kTeacherAlpha;
    for (const Given& g : c.given) g.apply(options);
    if (steps) options.steps = *steps;
    const auto is_warmup = [](const Given& g) { return g.option == "--warmup"; };
    if (!c.published_recipe && std::none_of(c.given.begin(), c.given.end(), is_warmup))
        options.warmup = default_warmup(options.steps);
    return options;
}

}  // namespace atome::cli
