#include "atome/train/options_table.h"

#include <iterator>
#include <type_traits>

#include "atome/base/math.h"

namespace atome {

namespace {

template <class Value>
uint64_t to_bits(Value value) {
    if constexpr (std::is_same_v<Value, float>)
        return bits_as<uint32_t>(value);
    else
        return static_cast<uint64_t>(value);
}

template <class Value>
Value from_bits(uint64_t bits) {
    if constexpr (std::is_same_v<Value, float>)
        return bits_as<float>(static_cast<uint32_t>(bits));
    else
        return static_cast<Value>(bits);
}

template <class Value>
Value value_of(Value TrainOptions::*);

template <auto member>
constexpr TrainOptionRow row_of(std::string_view key, std::string_view help) {
    using Value = decltype(value_of(member));
    TrainOptionRow r{};
    r.key = key;
    r.kind = std::is_same_v<Value, float> ? OptionKind::real
             : std::is_enum_v<Value>      ? OptionKind::choice
                                          : OptionKind::whole;
    r.bits = sizeof(Value) * 8;
    r.get = [](const TrainOptions& o) { return to_bits(o.*member); };
    r.set = [](TrainOptions& o, uint64_t bits) { o.*member = from_bits<Value>(bits); };
    r.help = help;
    return r;
}

template <auto member>
constexpr TrainOptionRow number(std::string_view key, OptionRange range, std::string_view help,
                                std::string_view by_default = {}) {
    TrainOptionRow r = row_of<member>(key, help);
    r.range = range;
    r.by_default = by_default;
    return r;
}

template <auto member>
constexpr TrainOptionRow teachers(std::string_view key, OptionRange range, std::string_view help) {
    TrainOptionRow r = number<member>(key, range, help);
    r.teacher = true;
    return r;
}

template <auto member>
constexpr TrainOptionRow choice(std::string_view key, std::span<const std::string_view> choices,
                                std::string_view help) {
    TrainOptionRow r = row_of<member>(key, help);
    r.choices = choices;
    return r;
}

// See TrainOptionRow::added.
constexpr TrainOptionRow added(uint8_t addition, uint64_t before, TrainOptionRow row) {
    row.added = addition;
    row.before = before;
    return row;
}

constexpr OptionRange above(double least, double nearest, double most) {
    return {least, most, OpenEnd::least, nearest};
}
constexpr OptionRange below(double least, double nearest, double most) {
    return {least, most, OpenEnd::most, nearest};
}

// In the order of the enumerations' values.
constexpr std::string_view kSchedules[] = {"constant", "cosine", "wsd"};
constexpr std::string_view kOptimizers[] = {"adamw", "muon"};
constexpr std::string_view kTokenizers[] = {"auto", "bytes", "pairs"};
constexpr std::string_view kMerges[] = {"any", "words", "letters"};
constexpr std::string_view kSamplings[] = {"windows", "chunks"};

using O = TrainOptions;
constexpr TrainOptionRow kRows[] = {
    number<&O::steps>("steps", {1, 1e8}, "optimiser steps"),
    number<&O::batch>("batch", {1, 4096}, "sequences a step"),
    number<&O::seq>("seq", {2, 8192}, "tokens of a sequence"),
    added(1, static_cast<uint64_t>(Tokenizer::bytes),
          choice<&O::tokenizer>("tokenizer", kTokenizers,
                                "what a token is: bytes; pairs: frequent strings of bytes; auto: pairs if "
                                "the text is long enough")),
    added(1, static_cast<uint64_t>(MergeRule::words),
          choice<&O::merges>("merges", kMerges, "of pairs: which neighbours become a token")),
    number<&O::lr>("lr", above(0, 1e-9, 10), "peak learning rate"),
    choice<&O::schedule>("schedule", kSchedules, "learning rate after the warm-up"),
    number<&O::warmup>("warmup", {0, 1e8}, "steps of linear warm-up", "a tenth of {steps}, at most 1000"),
    number<&O::final_lr>("final_lr", {0, 1}, "last learning rate as a share of {lr}"),
    number<&O::decay_share>("decay_share", {0, 1}, "share of the steps in which wsd decays"),
    choice<&O::optimizer>("optimizer", kOptimizers, "muon: Muon for matrices, AdamW for the rest"),
    number<&O::weight_decay>("weight_decay", {0, 10}, "of all but embeddings"),
    number<&O::embedding_weight_decay>("embedding_weight_decay", {0, 10}, "of embeddings"),
    number<&O::embedding_lr>("embedding_lr", {0, 100}, "of embeddings, as a multiple of {lr}"),
    number<&O::vector_lr>("vector_lr", {0, 100}, "of norms, gains and decays, as a multiple of {lr}"),
    number<&O::muon_momentum>("muon_momentum", below(0, 0.9999999, 1), "Muon's"),
    number<&O::muon_rms>("muon_rms", above(0, 1e-6, 10), "size of a Muon update, as a multiple of {lr}"),
    number<&O::beta1>("beta1", below(0, 0.9999999, 1), "AdamW's"),
    number<&O::beta2>("beta2", below(0, 0.9999999, 1), "AdamW's"),
    number<&O::eps>("eps", above(0, 1e-30, 1), "AdamW's"),
    number<&O::clip>("clip", {0, 1e6}, "largest gradient norm; 0: no clipping"),
    added(2, 0,
          number<&O::router_calibration>("router_calibration", {0, 100},
                                         "weight of training the last router's entropy to say how unsure "
                                         "the prediction will be; 0: none")),
    number<&O::seed>("seed", below(0, 1.8e19, 0x1p64), "of weights and batches"),
    number<&O::valid_share>("valid_share", {0, 0.9}, "share of the text, at its end, for validation"),
    added(1, 0,
          number<&O::valid_seq>("valid_seq", {0, 8192}, "bytes of a chunk of validation text; 0: as {seq}")),
    choice<&O::sampling>("sampling", kSamplings, "where sequences start: anywhere, or at multiples of {seq}"),
    teachers<&O::teacher_alpha>("teacher_alpha", {0, 1}, "the teacher's share in the loss"),
    teachers<&O::teacher_temperature>("teacher_temperature", above(0, 0.01, 100),
                                      "softens teacher and student alike"),
};

// How many members an aggregate has: as many as it takes initialisers.
struct Anything {
    template <class T>
    operator T() const;
};
template <class T, class... Initialisers>
constexpr std::size_t members() {
    if constexpr (requires { T{Initialisers{}..., Anything{}}; })
        return members<T, Initialisers..., Anything>();
    else
        return sizeof...(Initialisers);
}
static_assert(std::size(kRows) == members<TrainOptions>(), "an option has no row");

}  // namespace

float TrainOptionRow::real(const TrainOptions& options) const { return from_bits<float>(get(options)); }

std::span<const TrainOptionRow> train_option_rows() { return kRows; }

const TrainOptionRow* find_train_option(std::string_view key) {
    for (const TrainOptionRow& row : kRows)
        if (row.key == key) return &row;
    return nullptr;
}

bool parse_choice(const TrainOptionRow& row, std::string_view text, uint64_t* value) {
    for (std::size_t i = 0; i < row.choices.size(); i++) {
        if (text == row.choices[i]) {
            *value = i;
            return true;
        }
    }
    return false;
}

}  // namespace atome
