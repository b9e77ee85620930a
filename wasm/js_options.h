// Options and configurations from JavaScript, and back; part of bindings.cc, split off for length.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "atome/infer/sampler.h"
#include "atome/train/options.h"
#include "wasm/js_values.h"

namespace atome::wasm {

// A list of names; bit p of the mask for Pathway p.
inline Status read_pathways(Fields& fields, const char* field, uint8_t* mask) {
    if (!fields.has(field)) return {};
    const val names = fields[field];
    if (!names.isArray()) {
        fields.wrong(field, "a list of local, state, sparse");
        return fields.status();
    }
    const uint32_t n = names["length"].as<uint32_t>();
    *mask = 0;
    for (uint32_t i = 0; i < n; i++) {
        const val name = names[i];
        uint8_t bit = 0;
        ATOME_TRY(parse_disabled(name.isString() ? name.as<std::string>() : "?", &bit));
        *mask |= bit;
    }
    return {};
}

inline Status read_config(const val& object, Config* out) {
    Fields f(object);
    f.read("vocab_size", &out->vocab_size);
    f.read("d_model", &out->d_model);
    f.read("n_layers", &out->n_layers);
    f.read("d_head", &out->d_head);
    f.read("top_k", &out->top_k);
    f.read("kernel_size", &out->kernel_size);
    f.read("d_ff", &out->d_ff);
    f.read("quantizer", parse_quantizer, &out->quantizer);
    ATOME_TRY(f.status());
    ATOME_TRY(read_pathways(f, "disable_pathways", &out->disabled));
    return validate(*out);
}

inline Status read_train_options(const val& object, TrainOptions* out) {
    Fields f(object);
    f.read("steps", &out->steps);
    out->warmup = default_warmup(out->steps);
    f.read("batch", &out->batch);
    f.read("seq", &out->seq);
    f.read("sampling", parse_sampling, &out->sampling);
    f.read("lr", &out->lr);
    f.read("schedule", parse_schedule, &out->schedule);
    f.read("warmup", &out->warmup);
    f.read("final_lr", &out->final_lr);
    f.read("decay_share", &out->decay_share);
    f.read("weight_decay", &out->weight_decay);
    f.read("beta1", &out->beta1);
    f.read("beta2", &out->beta2);
    f.read("eps", &out->eps);
    f.read("clip", &out->clip);
    f.read("seed", &out->seed);
    f.read("valid_share", &out->valid_share);
    ATOME_TRY(f.status());
    return validate(*out);
}

inline Status read_sampling(const val& object, SamplerOptions* out) {
    out->temperature = 0.8f;  // as `atome generate`
    Fields f(object);
    f.read("temperature", &out->temperature);
    f.read("top_k", &out->top_k);
    f.read("top_p", &out->top_p);
    f.read("seed", &out->seed);
    ATOME_TRY(f.status());
    return validate(*out);
}

inline val to_js(const Config& c) {
    val v = val::object(), disabled = val::array();
    v.set("vocab_size", c.vocab_size);
    v.set("d_model", c.d_model);
    v.set("n_layers", c.n_layers);
    v.set("d_head", c.d_head);
    v.set("top_k", c.top_k);
    v.set("kernel_size", c.kernel_size);
    v.set("d_ff", c.d_ff);
    v.set("quantizer", to_js(name(c.quantizer)));
    for (const Pathway p : {Pathway::local, Pathway::state, Pathway::sparse})
        if (!c.enabled(p)) disabled.call<void>("push", to_js(name(p)));
    v.set("disable_pathways", disabled);
    return v;
}

// The shortest decimal that reads back as the same float: 0.01, not 0.009999999776.
inline double shortest(float x) {
    for (int digits = 1; digits < 10; digits++) {
        char text[32];
        snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(x));
        const double value = strtod(text, nullptr);
        if (static_cast<float>(value) == x) return value;
    }
    return static_cast<double>(x);
}

inline val to_js(const TrainOptions& o) {
    val v = val::object();
    v.set("steps", o.steps);
    v.set("batch", o.batch);
    v.set("seq", o.seq);
    v.set("sampling", to_js(name(o.sampling)));
    v.set("lr", shortest(o.lr));
    v.set("schedule", to_js(name(o.schedule)));
    v.set("warmup", o.warmup);
    v.set("final_lr", shortest(o.final_lr));
    v.set("decay_share", shortest(o.decay_share));
    v.set("weight_decay", shortest(o.weight_decay));
    v.set("beta1", shortest(o.beta1));
    v.set("beta2", shortest(o.beta2));
    v.set("eps", shortest(o.eps));
    v.set("clip", shortest(o.clip));
    // A number where it is exact, else its digits.
    v.set("seed",
          o.seed <= (uint64_t{1} << 53) ? val(static_cast<double>(o.seed)) : val(std::to_string(o.seed)));
    v.set("valid_share", shortest(o.valid_share));
    return v;
}

}  // namespace atome::wasm
