// `.safetensors`: u64 header length, a JSON header, then the tensors' bytes without holes.
// The format: https://github.com/huggingface/safetensors, section "Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "atome/base/status.h"
#include "atome/formats/named_tensors.h"

namespace atome {

// The longest header that is read, as in the reference implementation.
inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;

// Reads any file of dtypes F64, F32, F16, BF16, I64, I32, U8. Strict: header at most 100 MB and inside the
// file, no duplicate names, offsets that cover the data exactly, sizes that match shapes. The views point
// into `data`. model_tensors.h then finds a model in it.
// Errors: bad_file; the message names the tensor or the header byte.
Status parse_safetensors(const uint8_t* data, std::size_t size, NamedTensors* out);

// A tensor of the caller's to be stored beside the model: optimiser state, random state, figures.
struct ExtraTensor {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<uint64_t> shape;
    std::vector<uint8_t> bytes;  // row-major, little-endian
};

// A float tensor of a model's.
struct FloatTensor {
    std::string name;
    std::vector<uint64_t> shape;
    const float* values = nullptr;  // row-major; null: zeros
};

// Writes a model's tensors, `config` and `metadata` as __metadata__, and `extra`. The order is fixed
// (descending element size, so that every tensor is aligned to it; then the model's, then the extra ones in
// the order given), and the same input gives the same bytes.
// Errors: bad_argument (a name twice, a name or metadata key that is not UTF-8, a shape that disagrees with
// its bytes, a metadata key that the configuration takes).
Status write_tensors(const std::vector<FloatTensor>& model,
                     const std::map<std::string, std::string, std::less<>>& config,
                     const std::vector<ExtraTensor>& extra,
                     const std::map<std::string, std::string, std::less<>>& metadata,
                     std::vector<uint8_t>* out);

}  // namespace atome
