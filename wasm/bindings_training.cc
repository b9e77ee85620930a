// Training runs: made, driven in slices, looked at, saved.
#include <emscripten.h>
#include <emscripten/bind.h>

#include "atome/models/routed/initialise.h"
#include "atome/train/recipe.h"
#include "wasm/handles.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"

namespace atome::wasm {
namespace {

// From the float weights of a model (model_handle > 0) or from fresh ones.
val create_training(const val& config, const val& options, const val& text, int model_handle) {
    TrainOptions o;
    ATOME_JS_TRY(read_train_options(options, &o));
    std::unique_ptr<Training> training;
    if (model_handle > 0) {
        std::shared_ptr<Model> m;
        ATOME_JS_TRY(models.find(model_handle, &m));
        if (!m->shadow)
            return failed(Status::error(Code::unsupported,
                                        "this model holds codes, and training needs float weights: open a "
                                        ".safetensors or .pt file"));
        ATOME_JS_TRY(Training::create(*m->shadow, o, bytes_from(text), &training));
    } else {
        Config c = recommended_model();
        ATOME_JS_TRY(read_config(config, &c));
        // Refused before the weights are made, not after.
        ATOME_JS_TRY(Training::check_memory(c, o, 0));
        std::vector<uint8_t> bytes = bytes_from(text);
        FloatModel fresh = initialise(c, o.seed);
        fresh.vocabulary = choose_vocabulary(bytes.data(), bytes.size(), o, c.vocab_size);
        ATOME_JS_TRY(Training::create(fresh, o, std::move(bytes), &training));
    }
    return trainings.add(std::move(training));
}

val resume_training(const val& checkpoint, const val& text) {
    std::unique_ptr<Training> training;
    RunNotes notes;
    ATOME_JS_TRY(Training::resume(bytes_from(checkpoint), bytes_from(text), &training, &notes));
    val v = trainings.add(std::move(training)), strings = val::object();
    for (const auto& [key, value] : notes) strings.set(key.substr(4), value);
    v.set("notes", strings);
    return v;
}

val info(int handle) {
    ATOME_FIND(trainings, t);
    const TrainingRun& run = t->run();
    return object(
        {{"config", to_js(run.trainer().config())},
         {"options", to_js(run.options())},
         {"parameters", parameter_count(run.trainer().config())},
         {"steps_done", run.steps_done()},
         {"done", run.done()},
         {"tokenizer", tokenizer_of(run.trainer().network().vocabulary())},
         {"bytes_per_token", run.bytes_per_token()},
         {"bytes_per_step", run.bytes_per_step()},
         {"has_validation", run.has_validation()},
         {"learning_rate", run.done() ? 0 : shortest(learning_rate(run.options(), run.steps_done()))},
         {"kernels", run.trainer().kernels().name}});
}

val train(int handle, uint32_t steps, double milliseconds) {
    ATOME_FIND(trainings, t);
    Slice slice;
    ATOME_JS_TRY(t->train(steps, milliseconds, emscripten_get_now, &slice));
    return object({{"first_step", slice.first_step},
                   {"steps_done", t->run().steps_done()},
                   {"done", t->run().done()},
                   {"losses", slice.losses},
                   {"grad_norms", slice.grad_norms},
                   {"milliseconds", slice.milliseconds}});
}

val losses(int handle) {
    ATOME_FIND(trainings, t);
    return object({{"losses", t->losses()}});
}

val evaluate(int handle, const val& options) {
    ATOME_FIND(trainings, t);
    std::string text;
    uint32_t first = 0, bytes = 0;
    Fields f(options);
    f.read("text", &text);
    f.read("first", &first);
    f.read("bytes", &bytes);
    ATOME_JS_TRY(f.status());
    const bool piece = f.has("first") || f.has("bytes");
    std::size_t covered = 0;
    Evaluation e;
    if (piece) {
        ATOME_JS_TRY(t->run().validate_piece(first, bytes, &e, &covered));
    } else if (text == "training") {
        ATOME_JS_TRY(t->run().evaluate_training_text(&e));
    } else {
        ATOME_JS_TRY(t->run().validate(!f["all"].isTrue(), &e));
    }
    val v = object({{"nats", e.nats}, {"bits_per_byte", e.bits()}, {"predictions", e.predictions}});
    if (piece) v.set("bytes", covered);
    return v;
}

val model(int handle) {
    ATOME_FIND(trainings, t);
    std::unique_ptr<Model> model;
    ATOME_JS_TRY(model_from(t->run().model(), &model));
    return models.add(std::move(model));
}

val digest(int handle) {
    ATOME_FIND(trainings, t);
    return object({{"digest", hex64(t->run().weights_digest())}});
}

val codes(int handle) {
    ATOME_FIND(trainings, t);
    CodeStatistics s;
    ATOME_JS_TRY(t->code_statistics(&s));
    const auto entry = [&](const TensorCodes& c) {
        val v = object({{"index", c.tensor},
                        {"name", tensor_name(tensor_spec(t->run().trainer().config(), c.tensor)).view()},
                        {"scale", c.scale},
                        {"flips", c.flips}});
        set_code_counts(&v, c.counts);
        return v;
    };
    return object({{"step", s.step}, {"since", s.since}, {"tensors", list_of(s.tensors, entry)}});
}

val checkpoint(int handle, const val& notes) {
    ATOME_FIND(trainings, t);
    RunNotes strings;
    Fields f(notes);
    for (const std::string& key : f.keys()) f.read(key.c_str(), &strings["run." + key]);
    ATOME_JS_TRY(f.status());
    std::vector<uint8_t> bytes;
    ATOME_JS_TRY(t->run().checkpoint(strings, &bytes));
    return object({{"bytes", bytes}});
}

void close(int handle) { trainings.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(training) {
    using emscripten::function;
    function("createTraining", &create_training);
    function("resumeTraining", &resume_training);
    function("trainingInfo", &info);
    function("train", &train);
    function("trainingLosses", &losses);
    function("evaluate", &evaluate);
    function("trainingModel", &model);
    function("trainingDigest", &digest);
    function("trainingCodes", &codes);
    function("trainingCheckpoint", &checkpoint);
    function("closeTraining", &close);
}

}  // namespace atome::wasm
