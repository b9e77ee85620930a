// Models: opening, looking inside, changing, and every number that they give for a text.
#include <emscripten/bind.h>

#include "atome/measure/measure.h"
#include "atome/quant/packing.h"
#include "wasm/handles.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"

namespace atome::wasm {
namespace {

val open(const val& bytes, const val& options) {
    Config hint;
    const val object = Fields(options)["config"];
    const Fields config(object);
    ATOME_JS_TRY(read_config(object, &hint));
    bool known = false;
    for (const char* name : {"vocab_size", "d_model", "n_layers", "d_head", "kernel_size"})
        known = known || config.has(name);
    std::unique_ptr<Model> model;
    ATOME_JS_TRY(open_model(bytes_from(bytes), hint, known, &model));
    return models.add(std::move(model));
}

val tensor_info(const Model& model, uint32_t index) {
    const TensorSpec spec = tensor_spec(model.config(), index);
    const CodedTensor& t = model.coded.tensors[index];
    val v = val::object();
    v.set("index", index);
    v.set("name", to_js(tensor_name(spec).view()));
    v.set("layer", spec.layer);
    v.set("rows", spec.rows);
    v.set("cols", spec.cols);
    v.set("active", spec.active);
    v.set("coded", t.coded());
    if (!spec.active) return v;
    v.set("encoding", to_js(name(model.view.tensor(spec.kind, spec.layer).encoding)));
    if (t.coded()) set_code_counts(&v, CodeCounts(t.codes));
    v.set("scales", to_js(t.scales));
    return v;
}

val info(int handle) {
    ATOME_FIND(models, m);
    FlashBytes flash;
    ATOME_JS_TRY(flash_bytes(m->coded, &flash));
    val v = val::object(), tensors = val::array();
    v.set("format", to_js(m->format == FileFormat::unknown ? "memory" : name(m->format)));
    v.set("file_bytes", m->file_bytes);
    v.set("config", to_js(m->config()));
    v.set("parameters", static_cast<double>(parameter_count(m->config())));
    v.set("window", m->view.window());
    v.set("has_float_weights", m->shadow.has_value());
    v.set("flash", to_js(flash));
    for (uint32_t i = 0; i < tensor_count(m->config()); i++) tensors.call<void>("push", tensor_info(*m, i));
    v.set("tensors", tensors);
    return v;
}

val tensor(int handle, uint32_t index) {
    ATOME_FIND(models, m);
    if (index >= m->coded.tensors.size())
        return failed(
            Status::error(Code::bad_argument, "tensor ", index, ": use 0..", m->coded.tensors.size() - 1));
    const CodedTensor& t = m->coded.tensors[index];
    val v = val::object();
    v.set("codes", to_js(t.codes));
    v.set("scales", to_js(t.scales));
    v.set("values", to_js(t.values));
    return v;
}

val with_pathways(int handle, const val& options) {
    ATOME_FIND(models, m);
    Fields f(options);
    uint8_t keep = 0;
    ATOME_JS_TRY(read_pathways(f, "keep", &keep));
    std::unique_ptr<Model> changed;
    ATOME_JS_TRY(keep_pathways(*m, keep, &changed));
    return models.add(std::move(changed));
}

val quantised(int handle, const val& options) {
    ATOME_FIND(models, m);
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

val trace_tokens(int handle, const val& tokens, const val& options) {
    ATOME_FIND(models, m);
    uint32_t window = 0, greedy = 0;
    ATOME_JS_TRY(read_window(options, &window));
    Fields f(options);
    f.read("greedy", &greedy);
    ATOME_JS_TRY(f.status());
    Trace t;
    ATOME_JS_TRY(trace(m, bytes_from(tokens), window, greedy, &t));
    val v = val::object();
    v.set("tokens", to_js(t.tokens));
    v.set("logits", to_js(t.logits));
    v.set("router", to_js(t.routing.router));
    v.set("entropy", to_js(t.routing.entropy));
    v.set("nats", to_js(t.nats));
    v.set("predicted", to_js(t.predicted));
    v.set("greedy", to_js(t.greedy));
    v.set("digest", hex64(t.digest));
    v.set("window", t.window);
    return v;
}

val positions_to_js(const Positions& p) {
    val v = val::object();
    v.set("entropy", to_js(p.entropy));
    v.set("mean", to_js(p.mean));
    v.set("predicted", to_js(p.predicted));
    v.set("max_probability", to_js(p.max_probability));
    v.set("nats", to_js(p.nats));
    v.set("correct", to_js(p.correct));
    return v;
}

val report_to_js(const Report& r) {
    const auto or_null = [](const std::optional<double>& x) { return x ? val(*x) : val::null(); };
    val v = val::object(), signals = val::array();
    for (const Signal& s : r.signals) {
        val entry = val::object();
        entry.set("name", to_js(name(s.kind)));
        entry.set("layer", s.layer ? val(*s.layer) : val::null());
        entry.set("spearman", or_null(s.spearman));
        entry.set("partial", or_null(s.partial));
        entry.set("auroc", or_null(s.auroc));
        entry.set("aurc", s.aurc);
        signals.call<void>("push", entry);
    }
    v.set("signals", signals);
    v.set("predictions", static_cast<double>(r.predictions));
    v.set("accuracy", r.accuracy);
    v.set("bits_per_byte", r.bits());
    v.set("ece", r.ece);
    return v;
}

val uncertainty(int handle, const val& text, const val& options) {
    ATOME_FIND(models, m);
    uint32_t window = 0;
    ATOME_JS_TRY(read_window(options, &window));
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
    val v = val::object();
    v.set("positions", positions_to_js(positions));
    v.set("report", report_to_js(report(positions)));
    return v;
}

void close(int handle) { models.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(model) {
    using emscripten::function;
    function("open", &open);
    function("info", &info);
    function("tensor", &tensor);
    function("withPathways", &with_pathways);
    function("quantised", &quantised);
    function("trace", &trace_tokens);
    function("uncertainty", &uncertainty);
    function("closeModel", &close);
}

}  // namespace atome::wasm
