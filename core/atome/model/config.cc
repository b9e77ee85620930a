#include "atome/model/config.h"

namespace atome {

namespace {

constexpr std::string_view kPathwayNames[] = {"local", "state", "sparse"};

Status check_range(std::string_view field, uint32_t value, uint32_t least, uint32_t most) {
    if (value >= least && value <= most) return {};
    return Status::error(Code::bad_config, field, " is ", value, ": use ", least, "..", most);
}

// How many tensors one block has in the canonical list.
uint32_t tensors_per_block(const Config& c) { return c.d_ff > 0 ? 14 : 10; }

constexpr uint32_t kFirstInBlock = static_cast<uint32_t>(TensorKind::norm_gamma);

struct KindInfo {
    std::string_view name;
    bool coded;
};

constexpr KindInfo kKinds[] = {
    {"embed.weight", true},       {"norm.weight", false},       {"norm.bias", false},
    {"local.weight", true},       {"state.a_raw", false},       {"state.b", false},
    {"state.c_out", false},       {"sparse.Wq.weight", true},   {"sparse.Wk.weight", true},
    {"sparse.Wv.weight", true},   {"router.proj.weight", true}, {"norm2.weight", false},
    {"norm2.bias", false},        {"ffn.up.weight", true},      {"ffn.down.weight", true},
    {"final_norm.weight", false}, {"final_norm.bias", false},   {"unembed.weight", true},
};

bool in_block(TensorKind kind) { return kind >= TensorKind::norm_gamma && kind <= TensorKind::ffn_down; }

}  // namespace

std::string_view name(Pathway p) { return kPathwayNames[static_cast<unsigned>(p)]; }

bool parse_quantizer(std::string_view text, Quantizer* out) {
    for (uint32_t i = 0; i < kQuantizerCount; i++)
        if (text == kQuantizers[i].name) {
            *out = static_cast<Quantizer>(i);
            return true;
        }
    return false;
}

Text quantizer_choices() {
    Text t;
    for (uint32_t i = 0; i < kQuantizerCount; i++)
        t.append(i == 0 ? "" : i + 1 < kQuantizerCount ? ", " : " or ").append(kQuantizers[i].name);
    return t;
}

Status validate(const Config& c) {
    ATOME_TRY(check_range("vocab_size", c.vocab_size, 1, Limits::vocab_size));
    ATOME_TRY(check_range("d_model", c.d_model, 1, Limits::d_model));
    ATOME_TRY(check_range("n_layers", c.n_layers, 1, Limits::n_layers));
    ATOME_TRY(check_range("d_head", c.d_head, 1, Limits::d_head));
    ATOME_TRY(check_range("top_k", c.top_k, 1, Limits::top_k));
    ATOME_TRY(check_range("kernel_size", c.kernel_size, 1, Limits::kernel_size));
    ATOME_TRY(check_range("d_ff", c.d_ff, 0, Limits::d_ff));
    ATOME_TRY(check_range("quantizer", static_cast<uint32_t>(c.quantizer), 0, kQuantizerCount - 1));
    if (c.disabled > 7)
        return Status::error(Code::bad_config, "disabled pathways is ", c.disabled, ": use 0..6");
    if (c.disabled == 7)
        return Status::error(Code::bad_config, "all three pathways are disabled: keep at least one");
    if (const uint64_t n = parameter_count(c); n > Limits::parameters)
        return Status::error(Code::bad_config, "the model has ", n, " parameters: use at most ",
                             Limits::parameters);
    return {};
}

Status parse_disabled(std::string_view text, uint8_t* out) {
    uint8_t mask = 0;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view word = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        unsigned p = 0;
        while (p < kPathways && kPathwayNames[p] != word) p++;
        if (p == kPathways)
            return Status::error(Code::bad_config, "unknown pathway '", word.substr(0, 32),
                                 "': use local, state or sparse");
        mask |= static_cast<uint8_t>(1u << p);
    }
    if (mask == 7)
        return Status::error(Code::bad_config, "all three pathways are disabled: keep at least one");
    *out = mask;
    return {};
}

uint32_t tensor_count(const Config& c) { return 1 + c.n_layers * tensors_per_block(c) + 3; }

uint32_t tensor_index(const Config& c, TensorKind kind, uint32_t layer) {
    if (kind == TensorKind::embed) return 0;
    if (in_block(kind)) return 1 + layer * tensors_per_block(c) + static_cast<uint32_t>(kind) - kFirstInBlock;
    return 1 + c.n_layers * tensors_per_block(c) + static_cast<uint32_t>(kind) -
           static_cast<uint32_t>(TensorKind::final_gamma);
}

TensorSpec tensor_spec(const Config& c, uint32_t index) {
    TensorSpec s{TensorKind::embed, 0, 1, c.d_model, false, true};
    const uint32_t block_end = 1 + c.n_layers * tensors_per_block(c);
    if (index >= block_end) {
        s.kind = static_cast<TensorKind>(static_cast<uint32_t>(TensorKind::final_gamma) + index - block_end);
    } else if (index > 0) {
        s.layer = (index - 1) / tensors_per_block(c);
        s.kind = static_cast<TensorKind>(kFirstInBlock + (index - 1) % tensors_per_block(c));
    }
    s.coded = kKinds[static_cast<unsigned>(s.kind)].coded;
    switch (s.kind) {
        case TensorKind::embed:
        case TensorKind::unembed:
            s.rows = c.vocab_size;
            break;
        case TensorKind::conv:
            s.rows = c.d_model;
            s.cols = c.kernel_size;
            s.active = c.enabled(Pathway::local);
            break;
        case TensorKind::state_a_raw:
        case TensorKind::state_b:
        case TensorKind::state_c_out:
            s.active = c.enabled(Pathway::state);
            break;
        case TensorKind::wq:
        case TensorKind::wk:
            s.rows = c.d_head;
            s.active = c.enabled(Pathway::sparse);
            break;
        case TensorKind::wv:
            s.rows = c.d_model;
            s.active = c.enabled(Pathway::sparse);
            break;
        case TensorKind::router:
            s.rows = c.active_pathways();
            break;
        case TensorKind::ffn_up:
            s.rows = c.d_ff;
            break;
        case TensorKind::ffn_down:
            s.rows = c.d_model;
            s.cols = c.d_ff;
            break;
        default:
            break;
    }
    return s;
}

Text tensor_name(const TensorSpec& spec) {
    Text t;
    if (in_block(spec.kind)) t.append("blocks.").append(static_cast<int64_t>(spec.layer)).append(".");
    return t.append(kKinds[static_cast<unsigned>(spec.kind)].name);
}

uint64_t parameter_count(const Config& c) {
    uint64_t n = 0;
    const uint32_t count = tensor_count(c);
    for (uint32_t i = 0; i < count; i++) n += tensor_spec(c, i).size();
    return n;
}

}  // namespace atome
