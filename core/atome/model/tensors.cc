#include "atome/model/tensors.h"

namespace atome {

namespace {

constexpr auto kMatrix = TensorRole::matrix, kEmbedding = TensorRole::embedding, kVector = TensorRole::vector,
               kFilter = TensorRole::filter;

// By the values of TensorKind. Ids are below kGainIds and never used again.
constexpr TensorRow kRows[] = {
    {0, "embed.weight", Part::before, kEmbedding, Dim::vocab, Dim::model, Needs::nothing, Initial::normal},
    {1, "norm.weight", Part::block, kVector, Dim::one, Dim::model, Needs::nothing, Initial::ones},
    {2, "norm.bias", Part::block, kVector, Dim::one, Dim::model, Needs::nothing, Initial::zeros},
    {3, "local.weight", Part::block, kFilter, Dim::model, Dim::taps, Needs::local, Initial::normal},
    {4, "state.a_raw", Part::block, kVector, Dim::one, Dim::model, Needs::state, Initial::decay},
    {5, "state.b", Part::block, kVector, Dim::one, Dim::model, Needs::state, Initial::normal},
    {6, "state.c_out", Part::block, kVector, Dim::one, Dim::model, Needs::state, Initial::normal},
    {7, "sparse.Wq.weight", Part::block, kMatrix, Dim::head, Dim::model, Needs::sparse, Initial::normal},
    {8, "sparse.Wk.weight", Part::block, kMatrix, Dim::head, Dim::model, Needs::sparse, Initial::normal},
    {9, "sparse.Wv.weight", Part::block, kMatrix, Dim::model, Dim::model, Needs::sparse, Initial::normal},
    {10, "router.proj.weight", Part::block, kMatrix, Dim::pathways, Dim::model, Needs::nothing,
     Initial::normal},
    {18, "state.Wa.weight", Part::block, kMatrix, Dim::model, Dim::model, Needs::selective, Initial::small},
    {11, "norm2.weight", Part::block, kVector, Dim::one, Dim::model, Needs::feed_forward, Initial::ones},
    {12, "norm2.bias", Part::block, kVector, Dim::one, Dim::model, Needs::feed_forward, Initial::zeros},
    {13, "ffn.up.weight", Part::block, kMatrix, Dim::ff, Dim::model, Needs::feed_forward, Initial::normal},
    {14, "ffn.down.weight", Part::block, kMatrix, Dim::model, Dim::ff, Needs::feed_forward, Initial::normal},
    {15, "final_norm.weight", Part::after, kVector, Dim::one, Dim::model, Needs::nothing, Initial::ones},
    {16, "final_norm.bias", Part::after, kVector, Dim::one, Dim::model, Needs::nothing, Initial::zeros},
    {17, "unembed.weight", Part::after, kEmbedding, Dim::vocab, Dim::model, Needs::nothing, Initial::normal},
};
constexpr uint32_t kCount = sizeof kRows / sizeof kRows[0];
static_assert(kCount == static_cast<uint32_t>(TensorKind::unembed) + 1, "a kind has no row");

constexpr bool may_have_gains(const TensorRow& row) { return row.role == kMatrix || row.role == kEmbedding; }
constexpr uint32_t count_gains() {
    uint32_t n = 0;
    for (const TensorRow& row : kRows) n += may_have_gains(row);
    return n;
}

// The rows, and behind them those of the gains: each follows from its matrix.
constexpr uint16_t kGainIds = 32;
struct Table {
    static constexpr uint32_t kGains = count_gains();
    TensorRow rows[kCount + kGains];
    char names[kGains][24];       // "ffn.up.gain" for "ffn.up.weight"
    TensorKind matrices[kGains];  // what they are the gains of

    constexpr Table() : rows(), names(), matrices() {
        uint32_t n = 0;
        for (uint32_t i = 0; i < kCount; i++) {
            rows[i] = kRows[i];
            if (!may_have_gains(kRows[i])) continue;
            uint32_t at = 0, dot = 0;
            for (; kRows[i].name[at] != 0; at++) {
                names[n][at] = kRows[i].name[at];
                if (kRows[i].name[at] == '.') dot = at;
            }
            constexpr char kGain[] = ".gain";
            for (uint32_t j = 0; dot + j <= at; j++) names[n][dot + j] = j < sizeof kGain ? kGain[j] : '\0';
            rows[kCount + n] = {static_cast<uint16_t>(kRows[i].id + kGainIds),
                                names[n],
                                kRows[i].part,
                                TensorRole::gain,
                                Dim::one,
                                kRows[i].rows,
                                kRows[i].needs,
                                Initial::ones};
            matrices[n++] = static_cast<TensorKind>(i);
        }
    }
};
constexpr Table kTable;

}  // namespace

TensorTable tensor_table(const Config&) { return {kTable.rows, kCount + Table::kGains}; }

uint32_t extent(const Config& c, Dim dim) {
    return dim == Dim::pathways ? c.active_pathways() : field_extent(c, dim);
}

bool is_listed(const Config& c, const TensorRow& row) {
    if (row.role == TensorRole::gain && !c.gained()) return false;
    if (row.needs == Needs::selective) return c.state == StateDecay::selective;
    return row.needs != Needs::feed_forward || c.d_ff > 0;
}

bool is_active(const Config& c, Needs needs) {
    switch (needs) {
        case Needs::local:
            return c.enabled(Pathway::local);
        case Needs::state:
            return c.enabled(Pathway::state);
        case Needs::selective:
            return c.selective();
        case Needs::sparse:
            return c.enabled(Pathway::sparse);
        default:
            return true;
    }
}

bool has_gains(const Config& c, TensorKind matrix) {
    return c.gained() && may_have_gains(kTable.rows[static_cast<uint32_t>(matrix)]);
}

TensorKind gains_of(TensorKind matrix) {
    uint32_t n = 0;
    while (kTable.matrices[n] != matrix) n++;
    return static_cast<TensorKind>(kCount + n);
}

TensorKind matrix_of(TensorKind gains) { return kTable.matrices[static_cast<uint32_t>(gains) - kCount]; }

}  // namespace atome
