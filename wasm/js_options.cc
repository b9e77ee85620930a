#include "wasm/js_options.h"

#include <cstdio>
#include <cstdlib>

#include "atome/base/math.h"

namespace atome::wasm {

namespace {

// Reads one option; what is wrong with it becomes the status of `f`.
void read_option(Fields& f, const TrainOptionRow& row, TrainOptions* out) {
    const std::string key(row.key);
    if (row.kind == OptionKind::real) {
        float value = row.real(*out);
        f.read(key.c_str(), &value);
        row.set(*out, bits_as<uint32_t>(value));
    } else if (row.kind == OptionKind::choice) {
        std::string text(row.choices[row.get(*out)]);
        f.read(key.c_str(), &text);
        uint64_t value = 0;
        if (parse_choice(row, text, &value))
            row.set(*out, value);
        else
            f.wrong(key.c_str(), "one of the names in the documentation");
    } else {
        uint64_t value = row.get(*out);
        f.read(key.c_str(), &value);
        if (row.bits < 64 && value >> row.bits > 0) f.wrong(key.c_str(), "a whole number below 2^32");
        row.set(*out, value);
    }
}

val option_value(const TrainOptionRow& row, const TrainOptions& o) {
    switch (row.kind) {
        case OptionKind::real:
            return val(shortest(row.real(o)));
        case OptionKind::choice:
            return to_js(row.choices[row.get(o)]);
        case OptionKind::whole:
            break;
    }
    return to_js(row.get(o));
}

// The choices of a field whose bits are set.
val names_in(const ConfigField<Config>& f, uint32_t bits) {
    val list = val::array();
    each_choice(f.choice, bits, [&list](const char* name) { list.call<void>("push", to_js(name)); });
    return list;
}

}  // namespace

val choices_of(const ConfigField<Config>& f) { return f.choice ? names_in(f, ~0u) : val::array(); }

Status read_pathways(Fields& fields, const char* field, uint8_t* mask) {
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

Status read_config(const val& object, Config* out) {
    Fields f(object);
    for (const std::string& key : f.keys())
        if (!find_field(*out, key))
            return Status::error(Code::bad_argument, "'", std::string_view(key).substr(0, 32),
                                 "' is no field of a configuration: see Config in options.d.ts");
    for (const ConfigField<Config>& field : fields(*out)) {
        uint32_t value = field.get(*out);
        if (field.is_set) {
            auto mask = static_cast<uint8_t>(value);
            ATOME_TRY(read_pathways(f, field.name, &mask));
            value = mask;
        } else if (field.choice) {
            std::string text;
            f.read(field.name, &text);
            if (!text.empty() && !find_choice(field.choice, text, &value))
                f.wrong(field.name, "one of the names in the documentation");
        } else {
            f.read(field.name, &value);
        }
        field.set(out, value);
    }
    ATOME_TRY(f.status());
    return validate(*out);
}

Status read_train_options(const val& object, TrainOptions* out) {
    Fields f(object);
    for (const std::string& key : f.keys())
        if (!find_train_option(key))
            return Status::error(Code::bad_argument, "'", std::string_view(key).substr(0, 32),
                                 "' is no training option: see TrainOptions in options.d.ts");
    for (const TrainOptionRow& row : train_option_rows()) {
        read_option(f, row, out);
        if (row.key == "steps") out->warmup = default_warmup(out->steps);
    }
    ATOME_TRY(f.status());
    ATOME_TRY(validate(*out));
    if (out->teacher_alpha > 0)
        return Status::error(Code::unsupported, "teacher_alpha: a training run here has no teacher: use 0");
    return {};
}

Status read_sampling(const val& object, SamplerOptions* out) {
    out->temperature = 0.8f;  // as `atome generate`
    Fields f(object);
    f.read("temperature", &out->temperature);
    f.read("top_k", &out->top_k);
    f.read("top_p", &out->top_p);
    f.read("seed", &out->seed);
    ATOME_TRY(f.status());
    return validate(*out);
}

Status read_window(const val& object, uint32_t* out) {
    Fields f(object);
    f.read("window", out);
    if (*out > Limits::window) f.wrong("window", "1..65536");
    return f.status();
}

Status read_fixed(const val& object, bool* out) {
    Fields f(object);
    std::string engine = "float";
    f.read("engine", &engine);
    if (engine != "float" && engine != "fixed") f.wrong("engine", "float or fixed");
    *out = engine == "fixed";
    return f.status();
}

Status read_engine(const val& object, EngineChoice* out) {
    ATOME_TRY(read_window(object, &out->window));
    return read_fixed(object, &out->fixed);
}

val to_js(const Config& c) {
    val v = val::object();
    for (const ConfigField<Config>& f : fields(c)) {
        const uint32_t value = f.get(c);
        v.set(f.name, !f.choice ? val(value) : f.is_set ? names_in(f, value) : to_js(f.choice(value)));
    }
    return v;
}

double shortest(float x) {
    for (int digits = 1; digits < 10; digits++) {
        char text[32];
        snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(x));
        const double value = strtod(text, nullptr);
        if (static_cast<float>(value) == x) return value;
    }
    return static_cast<double>(x);
}

val to_js(const TrainOptions& o) {
    val v = val::object();
    for (const TrainOptionRow& row : train_option_rows()) v.set(std::string(row.key), option_value(row, o));
    return v;
}

}  // namespace atome::wasm
