// The published kit's three containers, byte for byte: ATOME01 (2-bit codes), ATOME02 (base-3 codes) and
// ATOMEP3 (3-bit power-of-three codes).
//
// All three: 7-byte magic; embed; per block norm gamma, norm beta, conv, a_raw, b, c_out, Wq, Wk, Wv,
// router; final norm gamma, beta; unembed. A matrix is its f32 scale, then its codes packed row-major,
// padded to a byte with code 0; a vector is f32. The conv has tap 0 at the current position. There are no
// dimensions in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "atome/base/status.h"
#include "atome/model/model.h"

namespace atome {

enum class LegacyFormat : uint8_t { atome01, atome02, atomep3 };
std::string_view name(LegacyFormat format);  // the magic: "ATOME01", "ATOME02", "ATOMEP3"

// Exact size in bytes of a model of this (valid) configuration.
uint64_t legacy_size(LegacyFormat format, const Config& config);

// True when the bytes begin with one of the magics.
bool detect_legacy(const uint8_t* data, std::size_t size, LegacyFormat* out);

// Errors: what check() finds; unsupported where the format has no place for the model: feed-forward,
// disabled pathways, float matrices, a scale a row, codes 3 and 9 in the ternary formats. top_k and window
// are not stored.
Status write_legacy(const CodedModel& model, LegacyFormat format, std::vector<uint8_t>* out);

// The configuration, where just one of the usual ones (vocab 256, kernel 5, d_model a multiple of 8 up to
// 1024, d_head d_model/8.. d_model or a power of two) has the file's length and makes sense of its bytes.
// top_k is not in the file: 4. Errors: bad_file, naming the candidates where there are several.
Status deduce_config(const uint8_t* data, std::size_t size, Config* out);

// How messages end where the dimensions must be known: the caller can add how to give them.
inline constexpr std::string_view kAskDimensions = "give d_model, n_layers and d_head";

// Reads with the configuration `known`, or with a deduced one when it is null. The model's quantizer is
// ternary or power3, by the format. Errors: bad_file (foreign, too short or too long by how many bytes,
// invalid codes, a scale that is not above 0), bad_config, not_finite.
Status read_legacy(const uint8_t* data, std::size_t size, const Config* known, CodedModel* out);

}  // namespace atome
