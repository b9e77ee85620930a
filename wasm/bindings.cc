// What JavaScript sees of the core: functions over handles, which wasm/package/index.js wraps into classes.
// The only file that knows Embind. Every function returns an object: its results, or {error, code},
// which index.js throws.
#include <emscripten.h>
#include <emscripten/bind.h>

#include <algorithm>
#include <map>

#include "atome/corpus/corpus.h"
#include "atome/deploy/boards.h"
#include "atome/deploy/c_header.h"
#include "atome/deploy/fit.h"
#include "atome/deploy/main_c.h"
#include "atome/formats/atome_file.h"
#include "atome/kernels/registry.h"
#include "atome/models/routed/initialise.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"
#include "wasm/models.h"
#include "wasm/training.h"

namespace atome::wasm {
namespace {

// ---- handles -------------------------------------------------------------------------------------------

// Objects that JavaScript refers to by a number. Numbers are never used twice, so a stale one is an error
// and not another object.
template <class T>
class Table {
  public:
    explicit Table(const char* what) : what_(what) {}
    val add(std::shared_ptr<T> object) {
        objects_[++last_] = std::move(object);
        val v = done();
        v.set("handle", last_);
        return v;
    }
    Status find(int handle, std::shared_ptr<T>* out) const {
        const auto it = objects_.find(handle);
        if (it == objects_.end())
            return Status::error(Code::bad_argument, "this ", what_, " is closed: open another one");
        *out = it->second;
        return {};
    }
    void remove(int handle) { objects_.erase(handle); }

  private:
    const char* what_;
    std::map<int, std::shared_ptr<T>> objects_;
    int last_ = 0;
};

Table<Model> models("model");
Table<Stream> streams("stream");
Table<Training> trainings("training run");

// Declares `name`, the object of `handle`, or returns the error.
#define ATOME_FIND(table, type, name) \
    std::shared_ptr<type> name;       \
    ATOME_JS_TRY(table.find(handle, &name))

// ---- models --------------------------------------------------------------------------------------------

val open(const val& bytes, const val& options) {
    Config hint;
    const Fields fields(options);
    const Fields config(fields["config"]);
    ATOME_JS_TRY(read_config(fields["config"], &hint));
    bool known = false;
    for (const char* name : {"vocab_size", "d_model", "n_layers", "d_head", "kernel_size"})
        known = known || config.has(name);
    std::unique_ptr<Model> model;
    ATOME_JS_TRY(open_model(bytes_from(bytes), hint, known, &model));
    return models.add(std::move(model));
}

val info(int handle) {
    ATOME_FIND(models, Model, m);
    val v = done(), tensors = val::array();
    v.set("format", to_js(m->format == FileFormat::unknown ? "memory" : name(m->format)));
    v.set("file_bytes", m->file_bytes);
    v.set("config", to_js(m->config()));
    v.set("parameters", static_cast<double>(parameter_count(m->config())));
    v.set("window", m->view.window());
    v.set("has_float_weights", m->shadow.has_value());
    v.set("flash", flash_to_js(m->coded));
    for (uint32_t i = 0; i < tensor_count(m->config()); i++) tensors.call<void>("push", tensor_info(*m, i));
    v.set("tensors", tensors);
    return v;
}

val tensor(int handle, uint32_t index) {
    ATOME_FIND(models, Model, m);
    if (index >= m->coded.tensors.size())
        return failed(
            Status::error(Code::bad_argument, "tensor ", index, ": use 0..", m->coded.tensors.size() - 1));
    const CodedTensor& t = m->coded.tensors[index];
    val v = done();
    v.set("codes", to_js(t.codes));
    v.set("scales", to_js(t.scales));
    v.set("values", to_js(t.values));
    return v;
}

val with_pathways(int handle, const val& options) {
    ATOME_FIND(models, Model, m);
    Fields f(options);
    uint8_t keep = 0;
    ATOME_JS_TRY(read_pathways(f, "keep", &keep));
    std::unique_ptr<Model> changed;
    ATOME_JS_TRY(keep_pathways(*m, keep, &changed));
    return models.add(std::move(changed));
}

val quantised(int handle, const val& options) {
    ATOME_FIND(models, Model, m);
    if (!m->shadow)
        return failed(Status::error(Code::unsupported,
                                    "this model holds codes, which cannot be quantised again: open the float "
                                    "model"));
    FloatModel shadow = *m->shadow;
    Fields f(options);
    f.read("quantizer", parse_quantizer, &shadow.config.quantizer);
    ATOME_JS_TRY(f.status());
    std::unique_ptr<Model> changed;
    ATOME_JS_TRY(model_from(std::move(shadow), &changed));
    return models.add(std::move(changed));
}

// The program that goes with a C header; options as `atome export --main-c` has them.
Status main_c(const Model& m, const val& options, const std::string& symbol, std::string* out) {
    MainCOptions o;
    o.symbol = symbol;
    o.window = m.window_or(256);
    Fields f(options);
    f.read("header", &o.header);
    f.read("n", &o.n);
    f.read("window", &o.window);
    if (f.has("prompt")) {
        const std::vector<uint8_t> prompt = bytes_from(f["prompt"]);
        o.prompt.assign(prompt.begin(), prompt.end());
    }
    ATOME_TRY(f.status());
    ATOME_TRY(read_sampling(options, &o.sampling));
    return write_main_c(m.view, o, out);
}

val export_bytes(int handle, const val& options) {
    ATOME_FIND(models, Model, m);
    std::string format = "atome", trits = "trit2", symbol = "model_blob";
    Fields f(options);
    f.read("format", &format);
    f.read("trits", &trits);
    f.read("symbol", &symbol);
    if (trits != "trit2" && trits != "trit5") f.wrong("trits", "trit2 or trit5");
    ATOME_JS_TRY(f.status());
    const Encoding encoding = trits == "trit5" ? Encoding::trit5 : Encoding::trit2;
    std::vector<uint8_t> bytes;
    std::string text;
    if (format == "main-c") {
        ATOME_JS_TRY(main_c(*m, options, symbol, &text));
    } else if (format == "c-header") {
        ATOME_JS_TRY(export_model(*m, "atome", encoding, &bytes));
        text = write_c_header(bytes, m->config(), symbol);
    } else {
        ATOME_JS_TRY(export_model(*m, format, encoding, &bytes));
    }
    if (!text.empty()) bytes.assign(text.begin(), text.end());
    val v = done();
    v.set("bytes", to_js(bytes));
    return v;
}

val trace_tokens(int handle, const val& tokens, const val& options) {
    ATOME_FIND(models, Model, m);
    uint32_t window = 0, greedy = 0;
    Fields f(options);
    f.read("window", &window);
    f.read("greedy", &greedy);
    if (window > Limits::window) f.wrong("window", "1..65536");
    ATOME_JS_TRY(f.status());
    Trace t;
    ATOME_JS_TRY(trace(m, bytes_from(tokens), window, greedy, &t));
    return to_js(t);
}

val uncertainty(int handle, const val& text, const val& options) {
    ATOME_FIND(models, Model, m);
    uint32_t window = 0;
    Fields f(options);
    f.read("window", &window);
    if (window > Limits::window) f.wrong("window", "1..65536");
    ATOME_JS_TRY(f.status());
    // A call that nothing can interrupt.
    constexpr std::size_t most = 65536;
    const auto bytes = text["length"].as<std::size_t>();
    if (bytes > most)
        return failed(
            Status::error(Code::bad_argument, "the text has ", bytes, " bytes: use at most ", most));
    std::unique_ptr<Stream> stream;
    ATOME_JS_TRY(Stream::open(m, window, &stream));
    Positions positions;
    ATOME_JS_TRY(measure(stream->engine(), bytes_from(text), &positions));
    val v = done();
    v.set("positions", to_js(positions));
    v.set("report", to_js(report(positions)));
    return v;
}

// ---- streams -------------------------------------------------------------------------------------------

val open_stream(int handle, const val& options) {
    ATOME_FIND(models, Model, m);
    uint32_t window = 0;
    SamplerOptions sampling;
    Fields f(options);
    f.read("window", &window);
    if (window > Limits::window) f.wrong("window", "1..65536");
    ATOME_JS_TRY(f.status());
    ATOME_JS_TRY(read_sampling(options, &sampling));
    std::unique_ptr<Stream> stream;
    ATOME_JS_TRY(Stream::open(m, window, &stream));
    ATOME_JS_TRY(stream->sampling(sampling));
    return streams.add(std::move(stream));
}

val stream_feed(int handle, const val& tokens) {
    ATOME_FIND(streams, Stream, s);
    ATOME_JS_TRY(s->feed(bytes_from(tokens)));
    return done();
}

val stream_sampling(int handle, const val& options) {
    ATOME_FIND(streams, Stream, s);
    SamplerOptions sampling;
    ATOME_JS_TRY(read_sampling(options, &sampling));
    ATOME_JS_TRY(s->sampling(sampling));
    return done();
}

val stream_reset(int handle) {
    ATOME_FIND(streams, Stream, s);
    s->reset();
    return done();
}

val stream_outputs(int handle) {
    ATOME_FIND(streams, Stream, s);
    const Engine& e = s->engine();
    const Config& c = e.config();
    std::vector<float> router, entropy;
    for (uint32_t l = 0; l < c.n_layers; l++) {
        router.insert(router.end(), e.router(l), e.router(l) + c.active_pathways());
        entropy.push_back(e.entropy(l));
    }
    val v = done();
    v.set("position", static_cast<double>(e.position()));
    v.set("window", e.window());
    v.set("logits", copy_of("Float32Array", e.logits(), c.vocab_size));
    v.set("probabilities", to_js(s->probabilities()));
    v.set("router", to_js(router));
    v.set("entropy", to_js(entropy));
    return v;
}

val stream_generate(int handle, uint32_t n) {
    ATOME_FIND(streams, Stream, s);
    const Config& c = s->engine().config();
    if (n < 1 || n > 1'000'000)
        return failed(Status::error(Code::bad_argument, "n is ", n, ": use 1..1000000"));
    const std::size_t P = c.active_pathways(), L = c.n_layers;
    std::vector<uint8_t> tokens(n);
    std::vector<float> router(L * n * P), entropy(L * n), nats(n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t token = 0;
        ATOME_JS_TRY(s->next(&token, &nats[i]));
        tokens[i] = static_cast<uint8_t>(token);
        for (uint32_t l = 0; l < L; l++) {
            std::copy_n(s->engine().router(l), P, &router[(l * n + i) * P]);
            entropy[l * n + i] = s->engine().entropy(l);
        }
    }
    val v = done();
    v.set("tokens", to_js(tokens));
    v.set("router", to_js(router));
    v.set("entropy", to_js(entropy));
    v.set("nats", to_js(nats));
    return v;
}

// ---- training ------------------------------------------------------------------------------------------

val train_options() {
    val v = done();
    v.set("options", option_rows_to_js());
    return v;
}

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
        return trainings.add(std::move(training));
    }
    Config c;
    ATOME_JS_TRY(read_config(config, &c));
    // Refused before the weights are made, not after.
    if (Training::memory(c, o, 0) > kMaxMemoryBytes)
        return failed(Status::error(Code::out_of_memory, "this model, batch and seq need ",
                                    Training::memory(c, o, 0) >> 20, " MiB of memory: the limit is ",
                                    kMaxMemoryBytes >> 20, " MiB"));
    ATOME_JS_TRY(Training::create(initialise(c, o.seed), o, bytes_from(text), &training));
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

val training_info(int handle) {
    ATOME_FIND(trainings, Training, t);
    const TrainingRun& run = t->run();
    val v = done();
    v.set("config", to_js(run.trainer().config()));
    v.set("options", to_js(run.options()));
    v.set("parameters", static_cast<double>(parameter_count(run.trainer().config())));
    v.set("steps_done", run.steps_done());
    v.set("done", run.done());
    v.set("bytes_per_step", run.bytes_per_step());
    v.set("has_validation", run.has_validation());
    v.set("learning_rate", run.done() ? 0 : shortest(learning_rate(run.options(), run.steps_done())));
    v.set("kernels", std::string(run.trainer().kernels().name));
    return v;
}

val train(int handle, uint32_t steps, double milliseconds) {
    ATOME_FIND(trainings, Training, t);
    Slice slice;
    ATOME_JS_TRY(t->train(steps, milliseconds, emscripten_get_now, &slice));
    val v = done();
    v.set("first_step", slice.first_step);
    v.set("steps_done", t->run().steps_done());
    v.set("done", t->run().done());
    v.set("losses", to_js(slice.losses));
    v.set("grad_norms", to_js(slice.grad_norms));
    v.set("milliseconds", slice.milliseconds);
    return v;
}

val training_losses(int handle) {
    ATOME_FIND(trainings, Training, t);
    val v = done();
    v.set("losses", to_js(t->losses()));
    return v;
}

val evaluate(int handle, const val& options) {
    ATOME_FIND(trainings, Training, t);
    const Fields f(options);
    Evaluation e;
    val v = done();
    uint32_t first = 0, bytes = 0;
    Fields piece(options);
    piece.read("first", &first);
    piece.read("bytes", &bytes);
    ATOME_JS_TRY(piece.status());
    if (piece.has("first") || piece.has("bytes")) {
        std::size_t covered = 0;
        ATOME_JS_TRY(t->run().validate_piece(first, bytes, &e, &covered));
        v.set("bytes", covered);
    } else if (f["text"].typeOf().as<std::string>() == "string" &&
               f["text"].as<std::string>() == "training") {
        ATOME_JS_TRY(t->run().evaluate_training_text(&e));
    } else {
        const val all = f["all"];
        ATOME_JS_TRY(t->run().validate(!(all.isTrue()), &e));
    }
    v.set("nats", e.nats);
    v.set("bits_per_byte", e.bits());
    v.set("predictions", static_cast<double>(e.predictions));
    return v;
}

val training_model(int handle) {
    ATOME_FIND(trainings, Training, t);
    std::unique_ptr<Model> model;
    ATOME_JS_TRY(model_from(t->run().model(), &model));
    return models.add(std::move(model));
}

val training_digest(int handle) {
    ATOME_FIND(trainings, Training, t);
    val v = done();
    v.set("digest", hex64(t->run().weights_digest()));
    return v;
}

val training_codes(int handle) {
    ATOME_FIND(trainings, Training, t);
    CodeStatistics s;
    ATOME_JS_TRY(t->code_statistics(&s));
    return to_js(s, t->run().trainer().config());
}

val training_checkpoint(int handle, const val& notes) {
    ATOME_FIND(trainings, Training, t);
    RunNotes strings;
    if (!missing(notes)) {
        const val keys = val::global("Object").call<val>("keys", notes);
        for (int i = 0; i < keys["length"].as<int>(); i++) {
            const std::string key = keys[i].as<std::string>();
            Fields f(notes);
            std::string value;
            f.read(key.c_str(), &value);
            ATOME_JS_TRY(f.status());
            strings["run." + key] = value;
        }
    }
    std::vector<uint8_t> bytes;
    ATOME_JS_TRY(t->run().checkpoint(strings, &bytes));
    val v = done();
    v.set("bytes", to_js(bytes));
    return v;
}

// ---- the rest ------------------------------------------------------------------------------------------

val defaults() {
    val v = done();
    v.set("config", to_js(Config{}));
    v.set("options", to_js(TrainOptions{}));
    return v;
}

val corpus_presets() {
    val v = done(), list = val::array();
    for (const corpus::Preset& p : corpus::presets()) {
        val entry = val::object();
        entry.set("name", to_js(p.name));
        entry.set("title", to_js(p.title));
        entry.set("about", to_js(p.about));
        entry.set("prompt", to_js(p.prompt));
        list.call<void>("push", entry);
    }
    v.set("presets", list);
    return v;
}

val corpus_text(const std::string& preset_name, const val& options) {
    uint32_t bytes = 1'000'000;
    uint64_t seed = 0;
    Fields f(options);
    f.read("bytes", &bytes);
    f.read("seed", &seed);
    if (bytes > kMaxFileBytes) f.wrong("bytes", "at most 33554432");
    ATOME_JS_TRY(f.status());
    const corpus::Preset* preset = corpus::find_preset(preset_name);
    if (!preset)
        return failed(Status::error(Code::bad_argument, "unknown preset '",
                                    std::string_view(preset_name).substr(0, 32), "': see corpusPresets()"));
    const std::string text = preset->write(bytes, seed);
    val v = done();
    v.set("bytes", copy_of("Uint8Array", reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    return v;
}

// Of a model (handle > 0) or of a configuration.
val fit(int handle, const val& config, const val& windows) {
    std::shared_ptr<Model> m;
    if (handle > 0) {
        ATOME_JS_TRY(models.find(handle, &m));
    } else {
        Config c;
        ATOME_JS_TRY(read_config(config, &c));
        if (parameter_count(c) > kMaxFileBytes)
            return failed(Status::error(Code::out_of_memory, "a model of ", parameter_count(c),
                                        " parameters: use at most ", kMaxFileBytes));
        std::unique_ptr<Model> blank;
        ATOME_JS_TRY(model_of_codes(blank_model(c), &blank));
        m = std::move(blank);
    }
    FlashBytes flash;
    ATOME_JS_TRY(flash_bytes(m->coded, &flash));
    val v = done(), ram = val::array(), list = val::array();
    v.set("config", to_js(m->config()));
    v.set("parameters", static_cast<double>(parameter_count(m->config())));
    v.set("flash", flash_to_js(m->coded));
    for (int i = 0; i < windows["length"].as<int>(); i++) {
        Fields f(windows);
        uint32_t window = 0;
        f.read(std::to_string(i).c_str(), &window);
        if (window < 1 || window > Limits::window) f.wrong("windows", "whole numbers, 1..65536");
        ATOME_JS_TRY(f.status());
        val entry = val::object();
        entry.set("window", window);
        entry.set("bytes", static_cast<double>(ram_bytes(m->view, window)));
        ram.call<void>("push", entry);
    }
    v.set("ram", ram);
    for (const Board& b : boards()) list.call<void>("push", to_js(fit_board(m->view, flash, b)));
    v.set("boards", list);
    return v;
}

std::string kernels_name() { return best_kernels().name; }
void close_model(int handle) { models.remove(handle); }
void close_stream(int handle) { streams.remove(handle); }
void close_training(int handle) { trainings.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(atome) {
    using emscripten::function;
    function("kernels", &kernels_name);
    function("defaults", &defaults);
    function("open", &open);
    function("info", &info);
    function("tensor", &tensor);
    function("withPathways", &with_pathways);
    function("quantised", &quantised);
    function("exportBytes", &export_bytes);
    function("trace", &trace_tokens);
    function("uncertainty", &uncertainty);
    function("closeModel", &close_model);
    function("openStream", &open_stream);
    function("streamFeed", &stream_feed);
    function("streamSampling", &stream_sampling);
    function("streamReset", &stream_reset);
    function("streamOutputs", &stream_outputs);
    function("streamGenerate", &stream_generate);
    function("closeStream", &close_stream);
    function("trainOptions", &train_options);
    function("createTraining", &create_training);
    function("resumeTraining", &resume_training);
    function("trainingInfo", &training_info);
    function("train", &train);
    function("trainingLosses", &training_losses);
    function("evaluate", &evaluate);
    function("trainingModel", &training_model);
    function("trainingDigest", &training_digest);
    function("trainingCodes", &training_codes);
    function("trainingCheckpoint", &training_checkpoint);
    function("closeTraining", &close_training);
    function("corpusPresets", &corpus_presets);
    function("corpusText", &corpus_text);
    function("fit", &fit);
}

}  // namespace atome::wasm
