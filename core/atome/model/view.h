// A read-only view over the bytes of one `.atome` file: zero copy, no heap, so that the bytes may lie in
// the flash of a microcontroller. The format is specified in formats/FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "atome/base/status.h"
#include "atome/model/config.h"

namespace atome {

// How a section stores its numbers. The values are those of the file.
enum class Encoding : uint8_t {
    f32 = 0,    // little-endian binary32, row-major
    trit2 = 1,  // 2 bits a code, four to a byte from the low bits: 00 = 0, 01 = +1, 11 = -1
    trit5 = 2,  // base 3, five codes to a byte: sum of (code + 1) * 3^i, i = 0..4
    p3 = 3,     // 3 bits a code, eight to three bytes, little-endian:
                // 000 0, 001 +1, 010 -1, 011 +3, 100 -3, 101 +9, 110 -9
    int4 = 4,   // 4 bits a code, two to a byte from the low bits: two's complement, -7..7
};
inline constexpr Encoding kLastEncoding = Encoding::int4;

// One tensor of an opened file. Codes run row-major through the whole tensor without padding between
// rows; only the end is padded to a byte. The file's conv has tap 0 at the current position.
struct TensorView {
    const uint8_t* codes = nullptr;     // coded encodings: the packed codes, any alignment
    const float* values = nullptr;      // f32: rows * cols numbers
    const float* row_scales = nullptr;  // power3_pr, but for the conv: one scale a row, else null
    float scale = 1.0f;                 // where row_scales is null: the value is scale * code
    uint32_t rows = 0;
    uint32_t cols = 0;
    Encoding encoding = Encoding::f32;

    float row_scale(uint32_t row) const { return row_scales ? row_scales[row] : scale; }
};

class ModelView {
  public:
    ModelView() = default;

    // Checks the whole file (header, every checksum, every bound, every float finite, every code valid)
    // and keeps a pointer to it: the bytes must stay where they are, unchanged, while the view or an
    // engine made from it is used. `data` must be aligned to 16 bytes.
    // Errors: bad_alignment, bad_file (which byte and why), bad_config, not_finite.
    static Status open(const uint8_t* data, std::size_t size, ModelView* out);

    const Config& config() const { return config_; }
    // The attention window that the file recommends (its training length), 0 where it says none.
    uint32_t window() const { return window_; }
    // An active tensor of the canonical list; an inactive one gives an empty view (rows == 0).
    TensorView tensor(TensorKind kind, uint32_t layer = 0) const;
    const uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    const uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    const uint8_t* directory_ = nullptr;
    Config config_;
    uint32_t window_ = 0;
};

// Writes `n` codes of a coded tensor, from flat index `first` on, to out (values -9..9).
void decode_codes(const TensorView& tensor, std::size_t first, std::size_t n, int8_t* out);
// Bytes that `n` codes take in an encoding other than f32.
std::size_t packed_bytes(Encoding encoding, std::size_t n);
// Where the packed codes of `n` values (packed_bytes long) break the rules of their encoding: the offset of
// the first byte that holds a pattern without meaning, or padding after the last code that is not code 0.
// kAllCodesGood when there is none.
inline constexpr std::size_t kAllCodesGood = static_cast<std::size_t>(-1);
std::size_t first_bad_code_byte(Encoding encoding, const uint8_t* codes, std::size_t n);

}  // namespace atome
