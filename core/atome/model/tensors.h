// The tensors of a model as a table, one row each, and what follows from it: the canonical list, names,
// shapes, counts. Checks, files, fresh weights and gradients iterate over the list; the routed model has its
// table here, the GPT in models/gpt/model.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/status.h"
#include "atome/model/config.h"

namespace atome {

// embedding: rows that tokens or positions pick, and the matrix before the softmax. vector: norms, decays.
// gain: a factor for each row of a matrix (gains.h). filter: the taps of a depthwise convolution. matrix:
// every other linear map. All but vectors and gains are quantised where the model is.
enum class TensorRole : uint8_t { matrix, embedding, vector, filter, gain };

inline bool is_coded(TensorRole role) { return role != TensorRole::vector && role != TensorRole::gain; }

// Where in the canonical list: before the blocks, in each of them, after them.
enum class Part : uint8_t { before, block, after };

// What a model must have for the tensor to be there. Tensors of a disabled pathway stay in the list, but are
// inactive; those of a feed-forward or of a selective state that the model lacks are not in the list.
enum class Needs : uint8_t { nothing, feed_forward, local, state, selective, sparse };

// Fresh weights. normal: deviation 1 / sqrt(cols). residual: that over sqrt(2 L). small: deviation 0.02.
enum class Initial : uint8_t { normal, residual, small, zeros, ones, decay };

struct TensorRow {
    uint16_t id;       // section kind in `.atome` files
    const char* name;  // the published kit's in PyTorch; of a block's, what follows "blocks.0."
    Part part;
    TensorRole role;
    Dim rows;  // one for vectors
    Dim cols;
    Needs needs;
    Initial initial;
};

struct TensorTable {
    const TensorRow* rows;  // canonical order; by the values of the model's Kind
    uint32_t count;
};

template <class Kind>
struct BasicTensorSpec {
    Kind kind;
    const TensorRow* row;
    uint32_t layer;  // 0 for the tensors outside the blocks
    uint32_t rows;   // 1 for vectors
    uint32_t cols;
    bool coded;   // a matrix: quantised. Otherwise a vector
    bool active;  // false: belongs to a disabled pathway and takes no part

    uint64_t size() const { return static_cast<uint64_t>(rows) * cols; }
    // A coded tensor has one scale or, if this is false, perhaps one a row. The published kit quantises rows
    // of two-dimensional weights only, and its conv is (D, 1, K).
    bool one_scale() const { return row->role == TensorRole::filter; }
};

// ---- the routed model ----------------------------------------------------------------------------------

enum class TensorKind : uint8_t {
    embed = 0,    // (V, D)  coded
    norm_gamma,   // (D)     float, per layer, as all down to ffn_down
    norm_beta,    // (D)     float
    conv,         // (D, K)  coded; in float models tap K-1 is the current position, as in PyTorch;
                  //         in coded models and files tap 0 is
    state_a_raw,  // (D)     float; the decay is tanh(a_raw), or selective: sigmoid(2 (Wa h + a_raw))
    state_b,      // (D)     float
    state_c_out,  // (D)     float
    wq,           // (H, D)  coded
    wk,           // (H, D)  coded
    wv,           // (D, D)  coded
    router,       // (P, D)  coded
    state_wa,     // (D, D)  coded, only with a selective state
    norm2_gamma,  // (D)     float, only with F > 0
    norm2_beta,   // (D)     float, only with F > 0
    ffn_up,       // (F, D)  coded, only with F > 0
    ffn_down,     // (D, F)  coded, only with F > 0
    final_gamma,  // (D)     float
    final_beta,   // (D)     float
    unembed,      // (V, D)  coded
                  // gains_of() of the matrices, in their order; only with gains
};
using TensorSpec = BasicTensorSpec<TensorKind>;

// The numbers of a tensor that is not coded, by its role.
inline Encoding plain_encoding(const Config& config, const TensorSpec& spec) {
    if (spec.row->role == TensorRole::gain) return Encoding::u8;
    return spec.coded ? Encoding::f32 : in_files(config.vectors).encoding;
}

TensorTable tensor_table(const Config& config);
uint32_t extent(const Config& config, Dim dim);
bool is_listed(const Config& config, const TensorRow& row);
bool is_active(const Config& config, Needs needs);
// Whether a matrix has gains; the kind of a matrix's gains, (1, rows of the matrix), and back.
bool has_gains(const Config& config, TensorKind matrix);
TensorKind gains_of(TensorKind matrix);
TensorKind matrix_of(TensorKind gains);

// ---- what follows from a table -------------------------------------------------------------------------
//
// `config` must be valid. Canonical order: the tensors before the blocks; the blocks; the tensors after; each
// in the order of the table.

// How many listed rows of a part stand before row `end` of the table and pass `use`.
template <class Config, class Use>
uint32_t count_rows(const Config& c, Part part, uint32_t end, Use use) {
    const TensorTable table = tensor_table(c);
    uint32_t n = 0;
    for (uint32_t i = 0; i < end; i++)
        n += table.rows[i].part == part && is_listed(c, table.rows[i]) && use(table.rows[i]);
    return n;
}

// Position, among the tensors that pass `use`, of row `row` of the table; its count for a row beyond the
// last.
template <class Config, class Use>
uint32_t position_of(const Config& c, uint32_t row, uint32_t layer, Use use) {
    const TensorTable table = tensor_table(c);
    if (row < table.count && table.rows[row].part == Part::before)
        return count_rows(c, Part::before, row, use);
    const uint32_t before = count_rows(c, Part::before, table.count, use);
    const uint32_t in_block = count_rows(c, Part::block, table.count, use);
    if (row < table.count && table.rows[row].part == Part::block)
        return before + layer * in_block + count_rows(c, Part::block, row, use);
    return before + c.n_layers * in_block + count_rows(c, Part::after, row, use);
}

inline bool every_row(const TensorRow&) { return true; }

template <class Config>
uint32_t tensor_count(const Config& c) {
    return position_of(c, tensor_table(c).count, 0, every_row);
}

// Index of a tensor in canonical order; `layer` is ignored outside the blocks.
template <class Config>
uint32_t tensor_index(const Config& c, typename Config::Kind kind, uint32_t layer) {
    return position_of(c, static_cast<uint32_t>(kind), layer, every_row);
}

// The same among active tensors only, as sections of files are.
template <class Config>
uint32_t section_index(const Config& c, typename Config::Kind kind, uint32_t layer) {
    return position_of(c, static_cast<uint32_t>(kind), layer,
                       [&c](const TensorRow& row) { return is_active(c, row.needs); });
}

template <class Config>
BasicTensorSpec<typename Config::Kind> spec_of(const Config& c, typename Config::Kind kind, uint32_t layer) {
    const TensorRow& row = tensor_table(c).rows[static_cast<uint32_t>(kind)];
    return {kind,
            &row,
            row.part == Part::block ? layer : 0,
            extent(c, row.rows),
            extent(c, row.cols),
            is_coded(row.role),
            is_active(c, row.needs)};
}

template <class Config>
BasicTensorSpec<typename Config::Kind> tensor_spec(const Config& c, uint32_t index) {
    using Kind = typename Config::Kind;
    const TensorTable table = tensor_table(c);
    const uint32_t before = count_rows(c, Part::before, table.count, every_row);
    const uint32_t in_block = count_rows(c, Part::block, table.count, every_row);
    Part part = Part::before;
    uint32_t nth = index, layer = 0;  // the nth listed row of the part
    if (index >= before + c.n_layers * in_block) {
        part = Part::after;
        nth = index - before - c.n_layers * in_block;
    } else if (index >= before) {
        part = Part::block;
        layer = (index - before) / in_block;
        nth = (index - before) % in_block;
    }
    uint32_t row = 0;
    while (table.rows[row].part != part || !is_listed(c, table.rows[row]) || nth-- > 0) row++;
    return spec_of(c, static_cast<Kind>(row), layer);
}

// The published kit's PyTorch name, such as "blocks.2.sparse.Wq.weight".
template <class Kind>
Text tensor_name(const BasicTensorSpec<Kind>& spec) {
    Text t;
    if (spec.row->part == Part::block)
        t.append("blocks.").append(static_cast<uint64_t>(spec.layer)).append(".");
    return t.append(spec.row->name);
}

// All parameters of the list, inactive ones too.
template <class Config>
uint64_t parameter_count(const Config& c) {
    const TensorTable table = tensor_table(c);
    uint64_t n = 0;
    for (uint32_t i = 0; i < table.count; i++) {
        const TensorRow& row = table.rows[i];
        const uint64_t size = static_cast<uint64_t>(extent(c, row.rows)) * extent(c, row.cols);
        if (is_listed(c, row)) n += size * (row.part == Part::block ? c.n_layers : 1);
    }
    return n;
}

template <class Config>
Status check_parameter_count(const Config& c) {
    const uint64_t n = parameter_count(c), most = Limits::parameters;
    if (n <= most) return {};
    return Status::error(Code::bad_config, "the model has ", n, " parameters: use at most ", most);
}

}  // namespace atome
