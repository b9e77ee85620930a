// What `atome train` was asked to do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "atome/train/options.h"
#include "native/cli/options.h"
#include "native/train/teacher.h"

namespace atome::cli {

// One option of the recipe that the user gave: what it is called, and how it changes a recipe.
struct Given {
    std::string option;
    std::function<void(TrainOptions&)> apply;
};

// routed: Atome's routed-ternary model. vanilla: the GPT that it is compared with (gpt_model.h).
enum class ModelKind : uint8_t { routed = 0, vanilla };

struct TrainCommand {
    std::vector<std::string> data;
    std::string out;
    std::string log;
    std::optional<std::string> prompt;  // "\n" where none is given
    bool published_recipe = false;
    std::optional<float> minutes;  // choose --steps so that training takes about so long on this machine
    std::vector<Given> given;
    std::optional<ModelKind> model;  // routed where none is given, or what is continued
    ChosenFields fields;
    bool resume = false;
    bool exact = false;
    TeacherOptions teacher;  // of `atome distill`
    bool keep_best = true;   // leaves the model that did best on validation text, M.best.safetensors, too
    const Kernels* kernels = nullptr;
    std::optional<uint32_t> threads, save_every, eval_every, sample_every;
    bool json = false;
};

// Adds the options of `atome train`; they write to command while the command line is parsed.
void add_train_options(App& app, TrainCommand* command);
// The teacher's share in the loss where there is a teacher and no --alpha.
inline constexpr float kTeacherAlpha = 0.9f;
// What distilling adds to the recipe: --alpha and --temperature.
void add_teacher_options(App& app, TrainCommand* command);

// The recipe that the command chose, with `steps` in the place of its own where given. A warm-up that was not
// given is default_warmup() of the steps, but in the published kit's recipe, which has none.
TrainOptions recipe(const TrainCommand& command, std::optional<uint32_t> steps = {});

}  // namespace atome::cli
