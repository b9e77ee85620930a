// Models: opening, looking inside, changing, and every number that they give for a text.
#include <emscripten/bind.h>

#include <numeric>

#include "atome/model/encodings.h"
#include "wasm/handles.h"
#include "wasm/js_options.h"
#include "wasm/js_results.h"

namespace atome::wasm {
namespace {

val open(const val& bytes, const val& options) {
    Config hint;
    const val given = Fields(options)["config"];
    const Fields config(given);
    ATOME_JS_TRY(read_config(given, &hint));
    bool known = false;
    for (const char* name : {"vocab_size", "d_model", "n_layers", "d_head", "kernel_size"})
        known = known || config.has(name);
    std::unique_ptr<Model> model;
    ATOME_JS_TRY(open_model(bytes_from(bytes), hint, known, &model));
    return models.add(std::move(model));
}

// Of all tensors, with each packing of ternary codes.
struct Offsets {
    std::vector<uint32_t> trit2, trit5;
};

val tensor_info(const Model& model, uint32_t index, const Offsets& offsets) {
    const TensorSpec spec = tensor_spec(model.config(), index);
    const CodedTensor& t = model.coded.tensors[index];
    val v = object({{"index", index},
                    {"name", tensor_name(spec).view()},
                    {"layer", spec.layer},
                    {"rows", spec.rows},
                    {"cols", spec.cols},
                    {"active", spec.active},
                    {"coded", t.coded()}});
    if (!spec.active) return v;
    v.set("encoding", to_js(name(model.view.tensor(spec.kind, spec.layer).encoding)));
    v.set("offset", object({{"trit2", offsets.trit2[index]}, {"trit5", offsets.trit5[index]}}));
    if (t.coded()) set_code_counts(&v, CodeCounts(t.codes));
    v.set("scales", to_js(t.scales));
    return v;
}

val info(int handle) {
    ATOME_FIND(models, m);
    FlashBytes flash;
    ATOME_JS_TRY(flash_bytes(m->coded, &flash));
    Offsets offsets;
    ATOME_JS_TRY(tensor_offsets(*m, Encoding::trit2, &offsets.trit2));
    ATOME_JS_TRY(tensor_offsets(*m, Encoding::trit5, &offsets.trit5));
    val tensors = val::array();
    for (uint32_t i = 0; i < tensor_count(m->config()); i++)
        tensors.call<void>("push", tensor_info(*m, i, offsets));
    return object({{"format", m->format == FileFormat::unknown ? "memory" : name(m->format)},
                   {"tokenizer", tokenizer_of(m->coded.vocabulary)},
                   {"file_bytes", m->file_bytes},
                   {"config", to_js(m->config())},
                   {"parameters", parameter_count(m->config())},
                   {"window", m->view.window()},
                   {"has_float_weights", m->shadow.has_value()},
                   {"flash", to_js(flash)},
                   {"tensors", tensors}});
}

// What each token stands for, and which two tokens each merge joins, in order of rank.
val vocabulary(int handle) {
    ATOME_FIND(models, m);
    const Vocabulary& v = m->vocabulary();
    val tokens = val::array(), merges = val::array();
    for (uint32_t token = 0; token < m->config().vocab_size; token++) {
        uint8_t text[Vocabulary::kMostBytes];
        tokens.call<void>("push", copy_of("Uint8Array", text, v.text(token, text)));
    }
    for (uint32_t i = 0; v && i < v.merges(); i++) {
        val pair = val::array();
        pair.call<void>("push", v.left(i));
        pair.call<void>("push", v.right(i));
        merges.call<void>("push", pair);
    }
    return object({{"tokens", tokens}, {"merges", merges}});
}

val encode_text(int handle, const val& text) {
    ATOME_FIND(models, m);
    std::vector<uint8_t> tokens;
    ATOME_JS_TRY(encode(*m, bytes_from(text), &tokens));
    return object({{"tokens", tokens}});
}

val tensor(int handle, uint32_t index) {
    ATOME_FIND(models, m);
    if (index >= m->coded.tensors.size())
        return failed(
            Status::error(Code::bad_argument, "tensor ", index, ": use 0..", m->coded.tensors.size() - 1));
    const CodedTensor& t = m->coded.tensors[index];
    return object({{"codes", t.codes}, {"scales", t.scales}, {"values", t.values}});
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
    EngineChoice choice;
    uint32_t greedy = 0;
    ATOME_JS_TRY(read_engine(options, &choice));
    Fields f(options);
    f.read("greedy", &greedy);
    ATOME_JS_TRY(f.status());
    ModelTrace t;
    ATOME_JS_TRY(trace(m, bytes_from(tokens), choice, greedy, &t));
    return object({{"tokens", t.tokens},
                   {"logits", t.logits},
                   {"router", t.routing.router},
                   {"entropy", t.routing.entropy},
                   {"nats", t.nats},
                   {"predicted", t.predicted},
                   {"greedy", t.greedy},
                   {"digest", hex64(t.digest)},
                   {"window", t.window}});
}

val positions_to_js(const TextPositions& p) {
    return object({{"tokens", p.tokens},
                   {"bytes", p.bytes},
                   {"entropy", p.entropy},
                   {"mean", p.mean},
                   {"predicted", p.predicted},
                   {"max_probability", p.max_probability},
                   {"nats", p.nats},
                   {"correct", p.correct}});
}

val signal_to_js(const Signal& s) {
    return object({{"name", name(s.kind)},
                   {"layer", s.layer},
                   {"spearman", s.spearman},
                   {"partial", s.partial},
                   {"auroc", s.auroc},
                   {"aurc", s.aurc}});
}

val report_to_js(const Report& r, const TextPositions& p) {
    const double bytes = std::accumulate(p.bytes.begin(), p.bytes.end(), 0.0);
    return object({{"signals", list_of(r.signals, signal_to_js)},
                   {"predictions", r.predictions},
                   {"accuracy", r.accuracy},
                   {"bits_per_byte", r.bits() * static_cast<double>(r.predictions) / bytes},
                   {"ece", r.ece}});
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
    TextPositions positions;
    ATOME_JS_TRY(measure_text(m, bytes_from(text), window, &positions));
    return object(
        {{"positions", positions_to_js(positions)}, {"report", report_to_js(report(positions), positions)}});
}

void close(int handle) { models.remove(handle); }

}  // namespace

EMSCRIPTEN_BINDINGS(model) {
    using emscripten::function;
    function("open", &open);
    function("info", &info);
    function("vocabulary", &vocabulary);
    function("encode", &encode_text);
    function("tensor", &tensor);
    function("withPathways", &with_pathways);
    function("quantised", &quantised);
    function("trace", &trace_tokens);
    function("uncertainty", &uncertainty);
    function("closeModel", &close);
}

}  // namespace atome::wasm
