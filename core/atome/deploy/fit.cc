#include "atome/deploy/fit.h"

#include "atome/formats/atome_file.h"
#include "atome/infer/stream.h"
#include "atome/quant/quantizers.h"

namespace atome {

namespace {

constexpr uint32_t kChipPointer = 4;

}  // namespace

CodedModel blank_model(const Config& config) {
    CodedModel model{config, 0, {}, {}};
    for (uint32_t i = 0; i < tensor_count(config); i++) {
        const TensorSpec spec = tensor_spec(config, i);
        CodedTensor& t = model.tensors.emplace_back();
        if (!spec.active) continue;
        if (!spec.coded || !row_of(config.quantizer).code) {
            t.values.assign(spec.size(), spec.row->role == TensorRole::gain ? 1.0f : 0.0f);
        } else {
            t.codes.assign(spec.size(), 0);
            t.scales.assign(scale_count(row_of(config.quantizer), spec), 1.0f);
        }
    }
    return model;
}

Status flash_bytes(const CodedModel& model, FlashBytes* out) {
    std::vector<uint8_t> file;
    ATOME_TRY(write_atome(model, Encoding::trit2, &file));
    out->trit2 = file.size();
    ATOME_TRY(write_atome(model, Encoding::trit5, &file));
    out->trit5 = file.size();
    return {};
}

uint64_t ram_bytes(const ModelView& model, uint32_t window, bool fixed) {
    if (fixed) return stream_bytes(model, FixedOptions{.window = window}, kChipPointer);
    return stream_bytes(model, EngineOptions{.window = window}, kChipPointer);
}

ArenaParts ram_parts(const ModelView& model, uint32_t window) {
    ArenaParts parts = arena_parts(model, EngineOptions{.window = window}, kChipPointer);
    parts.work += ram_bytes(model, window) - parts.total();
    return parts;
}

BesideModel beside_model(bool fixed) {
    // RAM: 2.2 KB of stack and 0.5 KB of statics, and a few words of room for the caller.
    return fixed ? BesideModel{62 * 1024, 2816} : BesideModel{71 * 1024, 2816};
}

Fit fit_board(const ModelView& model, const FlashBytes& flash, const Board& board, bool fixed) {
    Fit f;
    f.board = &board;
    const BesideModel beside = beside_model(fixed);
    const std::size_t flash_size = std::size_t{board.flash_kb} * 1024;
    const std::size_t ram_size = std::size_t{board.ram_kb} * 1024;
    if (flash.trit2 + beside.code <= flash_size)
        f.packing = "trit2";
    else if (flash.trit5 + beside.code <= flash_size)
        f.packing = "trit5";
    // RAM grows with the window: halving finds the largest that fits.
    uint32_t fits = 0, too_large = Limits::window + 1;
    while (too_large - fits > 1) {
        const uint32_t middle = fits + (too_large - fits) / 2;
        (ram_bytes(model, middle, fixed) + beside.ram <= ram_size ? fits : too_large) = middle;
    }
    f.window = fits;
    return f;
}

}  // namespace atome
