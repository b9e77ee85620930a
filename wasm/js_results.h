// What the core finds out, as JavaScript objects; part of bindings.cc, split off for length.
#pragma once

#include "atome/deploy/fit.h"
#include "atome/measure/measure.h"
#include "atome/quant/packing.h"
#include "wasm/js_values.h"
#include "wasm/models.h"
#include "wasm/training.h"

namespace atome::wasm {

// How often each code occurs: the ternary ones always, the others where they do. counts: of -9..9.
inline val histogram(const uint32_t (&counts)[19]) {
    val v = val::object();
    for (int code = -9; code <= 9; code++)
        if (counts[code + 9] || (code >= -1 && code <= 1)) v.set(code, counts[code + 9]);
    return v;
}

inline val tensor_info(const Model& model, uint32_t index) {
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
    if (t.coded()) {
        uint32_t counts[19] = {};
        for (const int8_t code : t.codes) counts[code + 9]++;
        v.set("histogram", histogram(counts));
        v.set("sparsity", static_cast<double>(counts[9]) / static_cast<double>(spec.size()));
    }
    v.set("scales", to_js(t.scales));
    return v;
}

inline val flash_to_js(const CodedModel& coded) {
    FlashBytes flash;
    val v = val::object();
    if (!flash_bytes(coded, &flash).ok()) return v;
    v.set("trit2", flash.trit2);
    v.set("trit5", flash.trit5);
    return v;
}

inline val to_js(const Trace& t) {
    val v = done();
    v.set("tokens", to_js(t.tokens));
    v.set("logits", to_js(t.logits));
    v.set("router", to_js(t.router));
    v.set("entropy", to_js(t.entropy));
    v.set("nats", to_js(t.nats));
    v.set("predicted", to_js(t.predicted));
    v.set("greedy", to_js(t.greedy));
    v.set("digest", hex64(t.digest));
    v.set("window", t.window);
    return v;
}

inline val to_js(const CodeStatistics& s, const Config& config) {
    val v = done(), list = val::array();
    for (const CodeCounts& c : s.tensors) {
        const TensorSpec spec = tensor_spec(config, c.tensor);
        val entry = val::object();
        entry.set("index", c.tensor);
        entry.set("name", to_js(tensor_name(spec).view()));
        entry.set("histogram", histogram(c.counts));
        entry.set("sparsity", static_cast<double>(c.counts[9]) / static_cast<double>(spec.size()));
        entry.set("scale", c.scale);
        entry.set("flips", c.flips);
        list.call<void>("push", entry);
    }
    v.set("step", s.step);
    v.set("since", s.since);
    v.set("tensors", list);
    return v;
}

inline val to_js(const Positions& p) {
    val v = val::object();
    v.set("entropy", to_js(p.entropy));
    v.set("mean", to_js(p.mean));
    v.set("predicted", to_js(p.predicted));
    v.set("max_probability", to_js(p.max_probability));
    v.set("nats", to_js(p.nats));
    v.set("correct", to_js(p.correct));
    return v;
}

inline val to_js(const Report& r) {
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

inline val to_js(const Fit& fitted) {
    const Board& b = *fitted.board;
    val entry = val::object();
    entry.set("name", std::string(b.name));
    entry.set("chip", std::string(b.chip));
    entry.set("core", std::string(b.core));
    entry.set("flash", b.flash_kb * 1024);
    entry.set("ram", b.ram_kb * 1024);
    entry.set("fits", fitted.fits());
    entry.set("packing", std::string(fitted.packing));
    entry.set("window", fitted.fits() ? fitted.window : 0);
    entry.set("note", std::string(b.note));
    return entry;
}

}  // namespace atome::wasm
