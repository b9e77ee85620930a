// A read-only view over the bytes of one `.atome` file: zero copy, no heap, so that the bytes may lie in
// the flash of a microcontroller. The format is specified in formats/FORMAT.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/status.h"
#include "atome/model/gains.h"
#include "atome/model/tensors.h"
#include "atome/tokens/vocabulary.h"

namespace atome {

// One tensor of an opened file. The file's conv has tap 0 at the current position.
struct TensorView {
    const uint8_t* codes =
        nullptr;  // coded encodings: the packed codes, any alignment; bf16, u8: the numbers
    union {
        const float* values = nullptr;  // f32: rows * cols numbers
        const uint8_t* gains;           // of codes: their bytes, one a row, or null
    };
    const float* row_scales = nullptr;  // one scale a row, else null
    float scale = 1.0f;  // where row_scales is null: the value is scale * code, or, with gains,
                         // (scale * gain) * code
    uint32_t rows = 0;
    uint32_t cols = 0;
    Encoding encoding = Encoding::f32;
    // Never of a file: an engine's own copy. A matrix is in panels of kernels.h, its codes one byte each,
    // with `rows` padded and scales for all of them; taps are floats, (K, D).
    bool unpacked = false;

    float row_scale(uint32_t row) const {
        const float s = row_scales ? row_scales[row] : scale;
        return !is_plain(encoding) && gains ? scale_with_gain(s, gains[row]) : s;
    }
    // Of a plain encoding: where its numbers lie, and one of them.
    const uint8_t* numbers() const { return values ? reinterpret_cast<const uint8_t*>(values) : codes; }
    float number(size_t i) const {
        return with_numbers(encoding, [this, i](auto row) { return row.number(numbers(), i); });
    }
};

class ModelView {
  public:
    ModelView() = default;

    // Checks the whole file (header, every checksum, every bound, every float finite, every code valid)
    // and keeps a pointer to it: the bytes must stay where they are, unchanged, while the view or an
    // engine made from it is used. `data` must be aligned to 16 bytes.
    // Errors: bad_alignment, bad_file (which byte and why), bad_config, not_finite.
    static Status open(const uint8_t* data, size_t size, ModelView* out);

    const Config& config() const { return config_; }
    // The attention window that the file recommends (its training length), 0 where it says none.
    uint32_t window() const { return window_; }
    // What tokens stand for; its table lies in the file.
    const Vocabulary& vocabulary() const { return vocabulary_; }
    // An active tensor of the canonical list; an inactive one gives an empty view (rows == 0).
    TensorView tensor(TensorKind kind, uint32_t layer = 0) const;
    // The first section of a kind behind the tensors, as the file has it, aligned to 4; null: there is none.
    const uint8_t* section(uint16_t kind, uint32_t* size) const;
    const uint8_t* data() const { return data_; }
    size_t size() const { return size_; }

  private:
    // Of version 2: where its parts begin, in bytes from the start of the file. Tensors there have no entries
    // with offsets, and are found by the configuration and their encodings.
    struct Compact {
        uint32_t scales = 0, encodings = 0;
        uint32_t tensors = 0;      // 0: the file is of version 1
        uint32_t block_bytes = 0;  // of the tensors of each block, where all have as many; else 0
    };
    struct Place;
    Status open_compact();
    Status read_compact_head();
    Status check_compact_tensors(uint64_t* end);
    Status check_compact_sections(uint64_t begin);
    TensorView compact_tensor(const TensorSpec& spec) const;

    const uint8_t* data_ = nullptr;
    size_t size_ = 0;
    Compact compact_;
    Config config_;
    uint32_t window_ = 0;
    Vocabulary vocabulary_;
};

}  // namespace atome
