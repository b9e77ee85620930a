// The fields of a configuration as a table, one row each: checks, the config record of `.atome`, metadata of
// `.safetensors`, JSON, options of programs and the npm package are made from the rows. A kind of model has
// its rows beside its configuration: fields(const Config&), fields(const GptConfig&).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/status.h"

namespace atome {

// What a field or the side of a tensor measures, in the letters of config.h.
enum class Dim : uint8_t {
    one,
    vocab,      // V
    model,      // D
    layers,     // L
    head,       // H
    taps,       // K
    pathways,   // P
    ff,         // F
    three,      // 3 D
    positions,  // max_seq
    untold,     // of no tensor's shape, and there is no default to fall back on
};

// Names of choices, numbered from 0; null after the last.
using Choices = const char* (*)(uint32_t);

// The number of the choice called `text`; false where there is none.
inline bool find_choice(Choices choice, TextView text, uint32_t* out) {
    for (uint32_t i = 0; choice(i); i++)
        if (text == choice(i)) {
            *out = i;
            return true;
        }
    return false;
}

// For messages and help: "local, state or sparse".
inline Text choice_list(Choices choice) {
    Text t;
    for (uint32_t i = 0; choice(i); i++)
        t.append(i == 0 ? "" : choice(i + 1) ? ", " : " or ").append(choice(i));
    return t;
}

// use(name) for each choice whose bit is 1.
template <class Use>
void each_choice(Choices choice, uint32_t bits, Use use) {
    for (uint32_t i = 0; choice(i); i++)
        if ((bits >> i & 1) != 0) use(choice(i));
}

template <class Config>
struct ConfigField {
    const char* name;    // words are joined by _
    const char* letter;  // in comments and help; empty: none
    const char* help;    // one line
    uint32_t (*get)(const Config&);
    void (*set)(Config*, uint32_t);
    uint32_t least, most;
    Dim dim;  // what it is the size of; `one`: no tensor's shape tells the field
    // Null for numbers. Else the value is the number of a choice or, of `is_set`, a set of those whose bits
    // are 1.
    Choices choice;
    bool is_set;
    // The first version of `.atome` that can say it, and the value that a model has whose file cannot or does
    // not. Rows of later versions stand behind those of earlier ones.
    uint32_t version;
    uint32_t unsaid;

    // Whether files name it: what older readers do not know stays out of files that need not have it.
    bool said(const Config& c) const { return version == 1 || get(c) != unsaid; }
};

template <class Config>
struct ConfigFields {
    const ConfigField<Config>* rows;
    uint32_t count;
    const ConfigField<Config>* begin() const { return rows; }
    const ConfigField<Config>* end() const { return rows + count; }
};

template <class Config, class Value, Value Config::*member>
uint32_t get_member(const Config& c) {
    return static_cast<uint32_t>(c.*member);
}
template <class Config, class Value, Value Config::*member>
void set_member(Config* c, uint32_t value) {
    c->*member = static_cast<Value>(value);
}

template <class Config, class Value, Value Config::*member>
constexpr ConfigField<Config> config_field(const char* name, const char* letter, uint32_t least,
                                           uint32_t most, Dim dim, const char* help, Choices choice = nullptr,
                                           bool is_set = false, uint32_t version = 1, uint32_t unsaid = 0) {
    return {name,
            letter,
            help,
            get_member<Config, Value, member>,
            set_member<Config, Value, member>,
            least,
            most,
            dim,
            choice,
            is_set,
            version,
            unsaid};
}

// Null where there is none.
template <class Config>
const ConfigField<Config>* find_field(const Config& config, TextView name) {
    for (const ConfigField<Config>& f : fields(config))
        if (name == f.name) return &f;
    return nullptr;
}

// The field that a dimension is; 1 where it is none.
template <class Config>
uint32_t field_extent(const Config& config, Dim dim) {
    for (const ConfigField<Config>& f : fields(config))
        if (dim != Dim::one && f.dim == dim) return f.get(config);
    return 1;
}

// ok, or one line naming the first field that is out of its range.
template <class Config>
Status check_fields(const Config& config) {
    for (const ConfigField<Config>& f : fields(config)) {
        const uint32_t value = f.get(config);
        if (value < f.least || value > f.most)
            return Status::error(Code::bad_config, f.name, " is ", value, ": use ", f.least, "..", f.most);
    }
    return {};
}

// How many rows, counted from the first on, a file has to give: those of version 1, and on to the last that
// is said.
template <class Config>
uint32_t said_fields(const Config& config) {
    uint32_t n = 0, said = 0;
    for (const ConfigField<Config>& f : fields(config)) {
        n++;
        if (f.said(config)) said = n;
    }
    return said;
}

// Every field of a later version has the value of a file that says nothing of it.
template <class Config>
void leave_unsaid(Config* config) {
    for (const ConfigField<Config>& f : fields(*config))
        if (f.version > 1) f.set(config, f.unsaid);
}

// The version of `.atome` that can say all of the configuration.
template <class Config>
uint32_t file_version(const Config& config) {
    uint32_t version = 1;
    for (const ConfigField<Config>& f : fields(config))
        if (f.said(config) && f.version > version) version = f.version;
    return version;
}

// "48", "ternary", "local,state".
template <class Config>
Text field_text(const ConfigField<Config>& f, const Config& config) {
    const uint32_t value = f.get(config);
    Text t;
    if (!f.choice) return t.append(static_cast<uint64_t>(value));
    if (!f.is_set) return t.append(f.choice(value));
    each_choice(f.choice, value,
                [&t](const char* name) { t.append(t.view().empty() ? "" : ",").append(name); });
    return t;
}

}  // namespace atome
