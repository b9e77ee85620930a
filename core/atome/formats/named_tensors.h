// Tensors by name plus a few strings: what a `.safetensors` and a `.pt` file both come down to. How a
// model is found in them: model_tensors.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "atome/base/status.h"

namespace atome {

enum class Dtype : uint8_t { f64, f32, f16, bf16, i64, i32, u8 };
std::string_view name(Dtype dtype);   // as in safetensors: "F64", "BF16", "U8", ...
std::size_t dtype_size(Dtype dtype);  // bytes of one element

// The most dimensions that a tensor may have.
inline constexpr std::size_t kMaxRank = 8;

// A view of one tensor: row-major, contiguous, little-endian, at any alignment. `data` points into the
// bytes of the file, which must outlive the view. The parsers promise size == count() * dtype_size(dtype).
struct NamedTensor {
    Dtype dtype = Dtype::f32;
    std::vector<uint64_t> shape;  // empty: a scalar
    const uint8_t* data = nullptr;
    std::size_t size = 0;  // bytes

    std::size_t count() const { return size / dtype_size(dtype); }  // elements
};

struct NamedTensors {
    std::map<std::string, NamedTensor, std::less<>> tensors;
    std::map<std::string, std::string, std::less<>> metadata;

    // Null when there is none of that name.
    const NamedTensor* find(std::string_view tensor_name) const;
    const std::string* meta(std::string_view key) const;
};

// "(64, 1, 5)". One that would be long ends in "...)", so that a message about it says the rest, too.
Text shape_text(const std::vector<uint64_t>& shape);

// The tensors of one model in a file, all behind one prefix: none, "param/", "module." or "_orig_mod.".
class ModelTensors {
  public:
    // `landmark`: a tensor that every such model has; the first prefix with which it is there is taken, else
    // none. The file must outlive this.
    ModelTensors(const NamedTensors& file, std::string_view landmark);

    // Null when there is none of that name.
    const NamedTensor* find(std::string_view tensor) const;
    // "blocks.LAYER.TENSOR"
    const NamedTensor* in_block(uint32_t layer, std::string_view tensor) const;
    // How many blocks, counted from 0 on, have this tensor; at most Limits::n_layers + 1.
    uint32_t count_blocks(std::string_view tensor) const;
    // The float tensor's elements. Errors: bad_file (missing, or of another shape or dtype; names it).
    Status read(std::string_view tensor, const std::vector<uint64_t>& shape, std::vector<float>* out) const;

  private:
    const NamedTensors& file_;
    std::string prefix_;
};

// Whether a file holds a vanilla GPT (models/gpt/model.h): by its metadata (kind begins with "vanilla") or by
// its tensors.
bool is_gpt(const NamedTensors& file);

// Dimension i of a tensor, clipped to 32 bits; 0 where the tensor (null) or the dimension is missing.
uint32_t dimension(const NamedTensor* tensor, std::size_t i);
// The metadata's number under `key`, else `otherwise`. Errors: bad_config (no whole number).
Status meta_number(const NamedTensors& file, std::string_view key, uint32_t otherwise, uint32_t* out);

// The elements as binary32 (f64 rounds to nearest). Any float dtype; bad_file for an integer one.
Status to_floats(const NamedTensor& tensor, std::vector<float>* out);
// The elements as binary64. Any float dtype.
Status to_doubles(const NamedTensor& tensor, std::vector<double>* out);
// The elements as int64. Any integer dtype.
Status to_integers(const NamedTensor& tensor, std::vector<int64_t>* out);

// A non-negative decimal number of at most 2^32 - 1, digits only.
bool parse_u32(std::string_view text, uint32_t* out);

}  // namespace atome
