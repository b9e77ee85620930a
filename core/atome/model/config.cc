#include "atome/model/config.h"

#include "atome/model/tensors.h"

namespace atome {

namespace {

constexpr const char* kPathwayNames[] = {"local", "state", "sparse"};
constexpr const char* kGainsNames[] = {"none", "rows"};
constexpr const char* kStateNames[] = {"fixed", "selective"};

// Entry i of a list of names; null behind its last.
template <uint32_t n>
const char* entry(const char* const (&names)[n], uint32_t i) {
    return i < n ? names[i] : nullptr;
}

const char* vectors_name(uint32_t i) { return i < kVectorsCount ? kVectors[i].name : nullptr; }
const char* pathway_name(uint32_t i) { return entry(kPathwayNames, i); }
const char* gains_name(uint32_t i) { return entry(kGainsNames, i); }
const char* state_name(uint32_t i) { return entry(kStateNames, i); }

using C = Config;
using L = Limits;
constexpr ConfigField<Config> kFields[] = {
    config_field<C, uint32_t, &C::vocab_size>("vocab_size", "V", 1, L::vocab_size, Dim::vocab,
                                              "tokens known"),
    config_field<C, uint32_t, &C::d_model>("d_model", "D", 1, L::d_model, Dim::model, "width"),
    config_field<C, uint32_t, &C::n_layers>("n_layers", "L", 1, L::n_layers, Dim::layers, "blocks"),
    config_field<C, uint32_t, &C::d_head>("d_head", "H", 1, L::d_head, Dim::head,
                                          "width of queries and keys"),
    config_field<C, uint32_t, &C::top_k>("top_k", "k", 1, L::top_k, Dim::one,
                                         "positions that attention keeps"),
    config_field<C, uint16_t, &C::kernel_size>("kernel_size", "K", 1, L::kernel_size, Dim::taps,
                                               "taps of the convolution"),
    config_field<C, uint32_t, &C::d_ff>("d_ff", "F", 0, L::d_ff, Dim::ff,
                                        "width of the feed-forward; 0: none"),
    config_field<C, Quantizer, &C::quantizer>("quantizer", "", 0, kQuantizerCount - 1, Dim::one,
                                              "how matrices are quantised", quantizer_name),
    config_field<C, uint8_t, &C::disabled>("disable_pathways", "", 0, 6, Dim::one, "pathways to leave out",
                                           pathway_name, true),
    config_field<C, Vectors, &C::vectors>("vectors", "", 0, kVectorsCount - 1, Dim::one,
                                          "what numbers norms and state vectors are", vectors_name, false, 2,
                                          static_cast<uint32_t>(Vectors::f32)),
    config_field<C, Gains, &C::gains>("gains", "", 0, 1, Dim::one,
                                      "learned factors of the codes, 8 bits each", gains_name, false, 2,
                                      static_cast<uint32_t>(Gains::none)),
    config_field<C, StateDecay, &C::state>("state", "", 0, 1, Dim::one, "decay of the state space",
                                           state_name, false, 2),
};

static_assert(sizeof(Config) == 6 * sizeof(uint32_t) + 2 + 5 + 1, "a field has no row");

}  // namespace

bool Config::operator==(const Config& other) const {
    for (const ConfigField<Config>& f : kFields)
        if (f.get(*this) != f.get(other)) return false;
    return true;
}

TextView name(Pathway p) { return kPathwayNames[static_cast<unsigned>(p)]; }

const char* quantizer_name(uint32_t i) { return i < kQuantizerCount ? kQuantizers[i].name : nullptr; }

bool parse_quantizer(TextView text, Quantizer* out) {
    uint32_t value = 0;
    if (!find_choice(quantizer_name, text, &value)) return false;
    *out = static_cast<Quantizer>(value);
    return true;
}

Text quantizer_choices() { return choice_list(quantizer_name); }

ConfigFields<Config> fields(const Config&) { return {kFields, sizeof kFields / sizeof kFields[0]}; }

Status validate(const Config& c) {
    if (c.disabled == 7)
        return Status::error(Code::bad_config, "all three pathways are disabled: keep at least one");
    ATOME_TRY(check_fields(c));
    return check_parameter_count(c);
}

Status parse_disabled(TextView text, uint8_t* out) {
    uint8_t mask = 0;
    while (!text.empty()) {
        const size_t comma = text.find(",");
        const TextView word = text.substr(0, comma);
        text = comma == TextView::npos ? TextView() : text.substr(comma + 1);
        uint32_t p = 0;
        if (!find_choice(pathway_name, word, &p))
            return Status::error(Code::bad_config, "unknown pathway '", word.substr(0, 32), "': use ",
                                 choice_list(pathway_name).view());
        mask |= static_cast<uint8_t>(1u << p);
    }
    if (mask == 7)
        return Status::error(Code::bad_config, "all three pathways are disabled: keep at least one");
    *out = mask;
    return {};
}

}  // namespace atome
