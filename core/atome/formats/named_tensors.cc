#include "atome/formats/named_tensors.h"

#include <algorithm>
#include <limits>

#include "atome/base/bytes.h"
#include "atome/model/config.h"

namespace atome {

namespace {

struct DtypeInfo {
    std::string_view name;
    std::size_t size;
};

constexpr DtypeInfo kDtypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2},
                                 {"I64", 8}, {"I32", 4}, {"U8", 1}};

float float_of_half(uint16_t h) {
    const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
    const uint32_t exponent = h >> 10 & 31u;
    const uint32_t mantissa = h & 1023u;
    if (exponent == 31) return float_of(sign | 0x7f800000u | mantissa << 13);
    if (exponent > 0) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    // Subnormal: a multiple of 2^-24, exact in binary32.
    return float_of(sign | bits_of(static_cast<float>(mantissa) * 0x1p-24f));
}

template <class To>
To float_element(Dtype dtype, const uint8_t* p) {
    switch (dtype) {
        case Dtype::f64: {
            const double v = load<double>(p);
            // Beyond binary32 the cast would be undefined: such values become infinite.
            if (sizeof(To) == 4 && v > std::numeric_limits<float>::max())
                return std::numeric_limits<To>::infinity();
            if (sizeof(To) == 4 && v < -std::numeric_limits<float>::max())
                return -std::numeric_limits<To>::infinity();
            return static_cast<To>(v);
        }
        case Dtype::f32:
            return static_cast<To>(load<float>(p));
        case Dtype::f16:
            return static_cast<To>(float_of_half(load<uint16_t>(p)));
        default:
            return static_cast<To>(float_of(static_cast<uint32_t>(load<uint16_t>(p)) << 16));
    }
}

template <class To>
Status convert_floats(const NamedTensor& tensor, std::vector<To>* out) {
    if (tensor.dtype > Dtype::bf16)
        return Status::error(Code::bad_file, "dtype is ", name(tensor.dtype),
                             ": expected F32, F64, F16 or BF16");
    out->resize(tensor.count());
    for (std::size_t i = 0; i < out->size(); i++)
        (*out)[i] = float_element<To>(tensor.dtype, tensor.data + i * dtype_size(tensor.dtype));
    return {};
}

}  // namespace

std::string_view name(Dtype dtype) { return kDtypes[static_cast<unsigned>(dtype)].name; }
std::size_t dtype_size(Dtype dtype) { return kDtypes[static_cast<unsigned>(dtype)].size; }

const NamedTensor* NamedTensors::find(std::string_view tensor_name) const {
    const auto it = tensors.find(tensor_name);
    return it == tensors.end() ? nullptr : &it->second;
}

const std::string* NamedTensors::meta(std::string_view key) const {
    const auto it = metadata.find(key);
    return it == metadata.end() ? nullptr : &it->second;
}

Text shape_text(const std::vector<uint64_t>& shape) {
    constexpr std::size_t kMost = 40;
    constexpr std::string_view kEnd = "...";
    Text text("(");
    for (std::size_t i = 0; i < shape.size(); i++) {
        Text next(i > 0 ? ", " : "");
        next.append(shape[i]);
        if (text.view().size() + next.view().size() + kEnd.size() + 1 > kMost)
            return text.append(i > 0 ? ", " : "").append(kEnd).append(")");
        text.append(next.view());
    }
    return text.append(")");
}

ModelTensors::ModelTensors(const NamedTensors& file, std::string_view landmark) : file_(file) {
    for (std::string_view p : {"", "param/", "module.", "_orig_mod."}) {
        prefix_ = p;
        if (find(landmark) != nullptr) return;
    }
    prefix_.clear();
}

const NamedTensor* ModelTensors::find(std::string_view tensor) const {
    std::string full = prefix_;
    full += tensor;
    return file_.find(full);
}

const NamedTensor* ModelTensors::in_block(uint32_t layer, std::string_view tensor) const {
    return find("blocks." + std::to_string(layer) + "." + std::string(tensor));
}

uint32_t ModelTensors::count_blocks(std::string_view tensor) const {
    uint32_t layers = 0;
    while (layers <= Limits::n_layers && in_block(layers, tensor) != nullptr) layers++;
    return layers;
}

Status ModelTensors::read(std::string_view tensor, const std::vector<uint64_t>& shape,
                          std::vector<float>* out) const {
    const NamedTensor* found = find(tensor);
    if (found == nullptr) return Status::error(Code::bad_file, "tensor ", tensor, " is missing");
    if (found->shape != shape)
        return Status::error(Code::bad_file, tensor, " has shape ", shape_text(found->shape).view(),
                             ", expected ", shape_text(shape).view());
    if (const Status s = to_floats(*found, out); !s.ok())
        return Status::error(s.code(), tensor, ": ", s.message());
    return {};
}

uint32_t dimension(const NamedTensor* t, std::size_t i) {
    if (t == nullptr || i >= t->shape.size()) return 0;
    return static_cast<uint32_t>(std::min<uint64_t>(t->shape[i], std::numeric_limits<uint32_t>::max()));
}

Status meta_number(const NamedTensors& file, std::string_view key, uint32_t otherwise, uint32_t* out) {
    const std::string* text = file.meta(key);
    if (text == nullptr) {
        *out = otherwise;
        return {};
    }
    if (parse_u32(*text, out)) return {};
    return Status::error(Code::bad_config, "metadata ", key, " is '", std::string_view(*text).substr(0, 40),
                         "': expected a whole number");
}

Status to_floats(const NamedTensor& tensor, std::vector<float>* out) { return convert_floats(tensor, out); }
Status to_doubles(const NamedTensor& tensor, std::vector<double>* out) { return convert_floats(tensor, out); }

Status to_integers(const NamedTensor& tensor, std::vector<int64_t>* out) {
    if (tensor.dtype < Dtype::i64)
        return Status::error(Code::bad_file, "dtype is ", name(tensor.dtype), ": expected I64, I32 or U8");
    out->resize(tensor.count());
    for (std::size_t i = 0; i < out->size(); i++) {
        const uint8_t* p = tensor.data + i * dtype_size(tensor.dtype);
        (*out)[i] = tensor.dtype == Dtype::i64   ? load<int64_t>(p)
                    : tensor.dtype == Dtype::i32 ? load<int32_t>(p)
                                                 : *p;
    }
    return {};
}

bool parse_u32(std::string_view text, uint32_t* out) {
    if (text.empty() || text.size() > 10) return false;
    uint64_t n = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return false;
        n = n * 10 + static_cast<uint64_t>(c - '0');
    }
    if (n > std::numeric_limits<uint32_t>::max()) return false;
    *out = static_cast<uint32_t>(n);
    return true;
}

bool is_gpt(const NamedTensors& file) {
    const std::string* kind = file.meta("kind");
    if (kind != nullptr && kind->rfind("vanilla", 0) == 0) return true;
    constexpr std::string_view landmark = "tok_embed.weight";
    return ModelTensors(file, landmark).find(landmark) != nullptr;
}

}  // namespace atome
