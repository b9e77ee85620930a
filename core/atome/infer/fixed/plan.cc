#include "atome/infer/fixed/plan.h"

#include "atome/model/file_layout.h"

namespace atome {
namespace fixed {

namespace {

constexpr ItemRow kRows[kItems] = {
    {"epsilon", Part::before, Words::rescale, Needs::nothing},
    {"embed", Part::before, Words::rescale, Needs::nothing},
    {"norm_gain", Part::block, Words::vector, Needs::nothing},
    {"norm_bias", Part::block, Words::vector, Needs::nothing},
    {"norm_shift", Part::block, Words::one, Needs::nothing},
    {"router", Part::block, Words::rescale, Needs::nothing},
    {"local", Part::block, Words::rescale, Needs::local},
    {"state_decay", Part::block, Words::vector, Needs::state},
    {"state_gain", Part::block, Words::vector, Needs::state},
    {"state_shift", Part::block, Words::one, Needs::state},
    {"state_finer", Part::block, Words::one, Needs::state},
    {"gate", Part::block, Words::rescale, Needs::selective},
    {"query", Part::block, Words::rescale, Needs::sparse},
    {"key", Part::block, Words::rescale, Needs::sparse},
    {"score", Part::block, Words::rescale, Needs::sparse},
    {"value", Part::block, Words::rescale, Needs::sparse},
    {"norm2_gain", Part::block, Words::vector, Needs::feed_forward},
    {"norm2_bias", Part::block, Words::vector, Needs::feed_forward},
    {"norm2_shift", Part::block, Words::one, Needs::feed_forward},
    {"up", Part::block, Words::rescale, Needs::feed_forward},
    {"down", Part::block, Words::rescale, Needs::feed_forward},
    {"final_gain", Part::after, Words::vector, Needs::nothing},
    {"final_bias", Part::after, Words::vector, Needs::nothing},
    {"final_shift", Part::after, Words::one, Needs::nothing},
    {"unembed", Part::after, Words::rescale, Needs::nothing},
};

bool is_here(const Config& c, const ItemRow& row) {
    return row.needs == Needs::feed_forward ? c.d_ff > 0 : is_active(c, row.needs);
}

uint32_t count(const Config& c, const ItemRow& row) {
    if (!is_here(c, row)) return 0;
    return row.words == Words::one ? 1 : row.words == Words::rescale ? 2 : c.d_model;
}

}  // namespace

const ItemRow& row_of(Item item) { return kRows[static_cast<uint32_t>(item)]; }

Status can_be_fixed(const Config& c) {
    if (c.quantizer != Quantizer::ternary && c.quantizer != Quantizer::int4)
        return Status::error(Code::bad_config, "a model of quantizer ", name(c.quantizer),
                             " has no fixed engine: use ternary or int4");
    // Hidden numbers are at most 255, others 128; gains at most 255.
    const uint64_t most = c.quantizer == Quantizer::int4 ? 7 : 1;
    const uint64_t sum = most * 255 *
                         (uint64_t{128} * c.d_model > uint64_t{255} * c.d_ff ? uint64_t{128} * c.d_model
                                                                             : uint64_t{255} * c.d_ff);
    if (sum < uint64_t{1} << 30) return {};
    return Status::error(Code::bad_config, "d_model ", c.d_model, " and d_ff ", c.d_ff, " with codes up to ",
                         most, " can pass 2^30 in a sum: the fixed engine needs a narrower model");
}

void Plan::lay_out(const Config& c) {
    uint32_t before = 0, block = 0;
    for (const ItemRow& row : kRows) {
        before += row.part == Part::before ? count(c, row) : 0;
        block += row.part == Part::block ? count(c, row) : 0;
    }
    uint32_t at[3] = {0, before, before + c.n_layers * block};  // by Part
    for (uint32_t i = 0; i < kItems; i++) {
        uint32_t& next = at[static_cast<uint32_t>(kRows[i].part)];
        offsets_[i] = next;
        next += count(c, kRows[i]);
    }
    block_words_ = block;
    count_ = at[static_cast<uint32_t>(Part::after)];
}

uint32_t Plan::bytes(const Config& config) {
    Plan plan;
    plan.lay_out(config);
    return 2 * plan.count_;
}

Status Plan::of(const ModelView& model, Plan* out) {
    if (!model.data()) return Status::error(Code::bad_argument, "the model has not been opened");
    const Config& c = model.config();
    ATOME_TRY(can_be_fixed(c));
    uint32_t size = 0;
    const uint8_t* section = model.section(layout::kFixedKind, &size);
    if (!section)
        return Status::error(Code::bad_file,
                             "the file has no plan for the fixed engine: export it with --engine fixed");
    Plan plan;
    plan.words_ = reinterpret_cast<const int16_t*>(section);
    plan.lay_out(c);
    const auto bad = [&](const uint8_t* at, auto... pieces) {
        return Status::error(Code::bad_file, "byte ", static_cast<uint64_t>(at - model.data()),
                             ": fixed plan: ", pieces...);
    };
    if (size != 2 * plan.count_) return bad(section, "it has ", size, " bytes, expected ", 2 * plan.count_);
    for (uint32_t i = 0; i < kItems; i++) {
        const ItemRow& row = kRows[i];
        if (!is_here(c, row)) continue;
        for (uint32_t l = 0; l < (row.part == Part::block ? c.n_layers : 1u); l++) {
            const Item item = static_cast<Item>(i);
            const int16_t* at = plan.words(item, l);
            const auto bad_word = [&](uint32_t word, auto... pieces) {
                return bad(reinterpret_cast<const uint8_t*>(at + word), row.name, pieces...);
            };
            if (item == Item::epsilon) {
                if (plan.epsilon() > 1u << 29) return bad_word(0, " is above 2^29");
            } else if (row.words == Words::one) {
                const int32_t most =
                    static_cast<int32_t>(item == Item::state_finer ? kMostFiner : kMostShift);
                if (*at < 0 || *at > most) return bad_word(0, " is ", int32_t{*at}, ": use 0..", most);
            } else if (row.words == Words::rescale) {
                const uint32_t shifts = static_cast<uint16_t>(at[1]);
                if (at[0] < 0) return bad_word(0, ": the multiplier is below 0");
                if ((shifts & 255) > kMostShift || shifts >> 8 > kMostShift)
                    return bad_word(1, ": a shift is above ", kMostShift);
            } else {
                for (uint32_t d = 0; d < c.d_model; d++)
                    if (at[d] == -32768) return bad_word(d, " is -32768: use -32767..32767");
            }
        }
    }
    for (uint32_t i = 0; i < tensor_count(c); i++) {
        const TensorSpec spec = tensor_spec(c, i);
        if (!spec.active || !spec.coded) continue;
        const TensorView w = model.tensor(spec.kind, spec.layer);
        if (is_plain(w.encoding) || w.row_scales)
            return Status::error(Code::unsupported, tensor_name(spec).view(),
                                 ": the fixed engine needs codes with one scale");
    }
    *out = plan;
    return {};
}

}  // namespace fixed
}  // namespace atome
