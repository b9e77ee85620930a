#include "native/train/train_options.h"

#include <fmt/core.h>

#include <algorithm>

#include "atome/models/gpt/model.h"

namespace atome::cli {
namespace {

// An option that changes one field of the recipe, applied after the recipe has been chosen.
template <class Field>
Option add_recipe(App& app, TrainCommand* c, const std::string& option, Field TrainOptions::*field,
                  double least, double most, const std::string& what) {
    const TrainOptions defaults;
    return app
        .add_option(
            option,
            [=](const std::string& text) {
                Field value;
                if constexpr (std::is_floating_point_v<Field>)
                    value = static_cast<Field>(parse_real(option, text, least, most));
                else
                    value = static_cast<Field>(
                        parse_whole(option, text, static_cast<uint64_t>(least), static_cast<uint64_t>(most)));
                c->given.push_back({option, [=](TrainOptions& o) { o.*field = value; }});
            },
            what)
        .type_name(std::is_floating_point_v<Field> ? "X" : "N")
        .default_str(fmt::format("{}", defaults.*field));
}

template <class Enum>
void add_choice(App& app, TrainCommand* c, const std::string& option, Enum TrainOptions::*field,
                bool (*parse)(std::string_view, Enum*), const std::string& choices, const std::string& what) {
    app.add_option(
           option,
           [=](const std::string& text) {
               Enum value;
               if (!parse(text, &value))
                   throw UsageError(fmt::format("{}: unknown '{}': use {}", option, text, choices));
               c->given.push_back({option, [=](TrainOptions& o) { o.*field = value; }});
           },
           what)
        .type_name("NAME")
        .default_str(std::string(name(TrainOptions{}.*field)));
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
    app.add_flag("--seed-recipe", &c->seed_recipe,
                 "start from the published kit's recipe: AdamW at 3e-4, constant, chunks");
    const Option steps = add_recipe(app, c, "--steps", &TrainOptions::steps, 1, 1e8, "optimiser steps");
    app.add_option(
           "--minutes",
           [c](const std::string& text) {
               c->minutes = static_cast<float>(parse_real("--minutes", text, 0.01, 1e5));
           },
           "instead of --steps: as many as this machine, measured first, takes in so long")
        .type_name("X")
        .excludes(steps);
    add_recipe(app, c, "--batch", &TrainOptions::batch, 1, 4096, "sequences a step");
    add_recipe(app, c, "--seq", &TrainOptions::seq, 2, 8192, "bytes of a sequence");
    add_recipe(app, c, "--lr", &TrainOptions::lr, 1e-9, 10, "peak learning rate");
    add_choice<Schedule>(app, c, "--schedule", &TrainOptions::schedule, parse_schedule,
                         "constant, cosine or wsd", "learning rate after the warm-up");
    add_recipe(app, c, "--warmup", &TrainOptions::warmup, 0, 1e8, "steps of linear warm-up")
        .default_str("a tenth of --steps, at most 1000");
    add_recipe(app, c, "--final-lr", &TrainOptions::final_lr, 0, 1, "last learning rate as a share of --lr");
    add_recipe(app, c, "--decay-share", &TrainOptions::decay_share, 0, 1,
               "share of the steps in which wsd decays");
    add_choice<OptimizerKind>(app, c, "--optimizer", &TrainOptions::optimizer, parse_optimizer,
                              "adamw or muon", "muon: Muon for matrices, AdamW for the rest");
    add_recipe(app, c, "--weight-decay", &TrainOptions::weight_decay, 0, 10, "of all but embeddings");
    add_recipe(app, c, "--embedding-weight-decay", &TrainOptions::embedding_weight_decay, 0, 10,
               "of embeddings");
    add_recipe(app, c, "--embedding-lr", &TrainOptions::embedding_lr, 0, 100,
               "of embeddings, as a multiple of --lr");
    add_recipe(app, c, "--vector-lr", &TrainOptions::vector_lr, 0, 100,
               "of norms, gains and decays, as a multiple of --lr");
    add_recipe(app, c, "--muon-momentum", &TrainOptions::muon_momentum, 0, 0.9999999, "Muon's");
    add_recipe(app, c, "--muon-rms", &TrainOptions::muon_rms, 1e-6, 10,
               "size of a Muon update, as a multiple of --lr");
    add_recipe(app, c, "--beta1", &TrainOptions::beta1, 0, 0.9999999, "AdamW's");
    add_recipe(app, c, "--beta2", &TrainOptions::beta2, 0, 0.9999999, "AdamW's");
    add_recipe(app, c, "--eps", &TrainOptions::eps, 1e-30, 1, "AdamW's");
    add_recipe(app, c, "--clip", &TrainOptions::clip, 0, 1e6, "largest gradient norm; 0: no clipping");
    add_recipe(app, c, "--seed", &TrainOptions::seed, 0, 1.8e19, "of weights and batches");
    add_recipe(app, c, "--valid-share", &TrainOptions::valid_share, 0, 0.9,
               "share of the text, at its end, for validation");
    add_choice<Sampling>(app, c, "--sampling", &TrainOptions::sampling, parse_sampling, "windows or chunks",
                         "where sequences start: anywhere, or at multiples of --seq");
    app.add_option(
           "--model",
           [c](const std::string& text) {
               if (text != "routed" && text != "vanilla")
                   throw UsageError(fmt::format("--model: unknown '{}': use routed or vanilla", text));
               c->model = text == "vanilla" ? ModelKind::vanilla : ModelKind::routed;
           },
           "routed, or vanilla: a float GPT to compare with, of at most --seq positions")
        .type_name("NAME")
        .default_str("routed");
    add_dimensions(app, &c->dimensions, "--top-k", true);
    const GptConfig gpt;
    add_whole(app, "--n-heads", &c->n_heads, 1, GptLimits::n_heads,
              fmt::format("attention heads of a vanilla model, whose D is {}, L {} and F {} unless given",
                          gpt.d_model, gpt.n_layers, gpt.d_ff))
        .group(kPlannedModel)
        .default_str(std::to_string(gpt.n_heads));
    add_quantizer(app, &c->quantizer, fmt::format("how matrices are quantised: {}", kQuantizerChoices));
    app.add_option(
           "--disable-pathways",
           [c](const std::string& text) {
               uint8_t mask = 0;
               const Status status = parse_disabled(text, &mask);
               if (!status.ok()) throw UsageError("--disable-pathways: " + std::string(status.message()));
               c->disable_pathways = text;
               c->disable_given = true;
           },
           "any of local,state,sparse")
        .type_name("LIST");
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
    add_recipe(app, c, "--alpha", &TrainOptions::teacher_alpha, 0, 1, "the teacher's share in the loss")
        .default_str(fmt::format("{}", kTeacherAlpha));
    add_recipe(app, c, "--temperature", &TrainOptions::teacher_temperature, 0.01, 100,
               "softens teacher and student alike");
}

TrainOptions recipe(const TrainCommand& c, std::optional<uint32_t> steps) {
    TrainOptions options = c.seed_recipe ? seed_recipe() : TrainOptions{};
    // Distilling without a share for the teacher would be training.
    if (!c.teacher.model.empty()) options.teacher_alpha = kTeacherAlpha;
    for (const Given& g : c.given) g.apply(options);
    if (steps) options.steps = *steps;
    const auto is_warmup = [](const Given& g) { return g.option == "--warmup"; };
    if (!c.seed_recipe && std::none_of(c.given.begin(), c.given.end(), is_warmup))
        options.warmup = default_warmup(options.steps);
    return options;
}

}  // namespace atome::cli
