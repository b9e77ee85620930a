#include "atome/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "atome/base/bytes.h"

namespace atome {

namespace {

constexpr std::size_t kMaxTensors = 100'000;
constexpr std::string_view kMetadataKey = "__metadata__";

std::string_view brief(const std::string& s) { return std::string_view(s).substr(0, 64); }

std::optional<Dtype> dtype_of(std::string_view text) {
    for (Dtype d : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::i32, Dtype::u8})
        if (text == name(d)) return d;
    return {};
}

// Bytes of a tensor of this shape; empty when they pass 2^63.
std::optional<uint64_t> byte_size(Dtype dtype, const std::vector<uint64_t>& shape) {
    uint64_t n = dtype_size(dtype);
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
    for (uint64_t d : shape) {
        if (d > (uint64_t{1} << 63) / n) return {};
        n *= d;
    }
    return n;
}

// RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(text[i]); };
    for (std::size_t at = 0, length; at < text.size(); at += length) {
        const uint8_t lead = byte(at);
        length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (length == 1) continue;
        if (lead < 0xc2 || lead > 0xf4 || length > text.size() - at) return false;
        for (std::size_t i = 1; i < length; i++)
            if ((byte(at + i) & 0xc0) != 0x80) return false;
        const uint8_t second = byte(at + 1);
        if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
            (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
            return false;
    }
    return true;
}

struct HeaderEntry {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<uint64_t> shape;
    std::vector<uint64_t> offsets;  // begin and end, in bytes of the data part
    bool has_dtype = false, has_shape = false, has_offsets = false;
};

// Reads the header event by event, so that duplicate names are seen and nesting is bounded by the states.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
  public:
    std::vector<HeaderEntry> entries;
    std::map<std::string, std::string, std::less<>> metadata;
    Status status;

    bool null() override { return unexpected("null"); }
    bool boolean(bool) override { return unexpected("a boolean"); }
    bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
    bool number_float(number_float_t, const string_t&) override { return unexpected("a fraction"); }
    bool binary(binary_t&) override { return unexpected("binary data"); }

    bool number_unsigned(number_unsigned_t n) override {
        if (state_ != State::array) return unexpected("a number");
        if (array_->size() == std::max<std::size_t>(kMaxRank, 2)) return unexpected("a longer array");
        array_->push_back(n);
        return true;
    }

    bool string(string_t& text) override {
        if (state_ == State::metadata) {
            metadata[key_] = text;
            return true;
        }
        if (state_ != State::tensor || key_ != "dtype") return unexpected("a string");
        const std::optional<Dtype> dtype = dtype_of(text);
        if (!dtype)
            return fail("tensor '", brief(entries.back().name), "' has dtype '", brief(text),
                        "': use F64, F32, F16, BF16, I64, I32 or U8");
        entries.back().dtype = *dtype;
        return true;
    }

    bool start_object(std::size_t) override {
        if (state_ == State::start) {
            state_ = State::root;
            return true;
        }
        if (state_ != State::root) return unexpected("an object");
        if (key_ == kMetadataKey) {
            state_ = State::metadata;
            return true;
        }
        if (entries.size() == kMaxTensors) return fail("more than ", kMaxTensors, " tensors");
        entries.emplace_back().name = key_;
        state_ = State::tensor;
        return true;
    }

    bool key(string_t& text) override {
        key_ = text;
        if (state_ == State::root) {
            if (!names_.insert(text).second) return fail("'", brief(text), "' appears twice");
            return true;
        }
        if (state_ == State::metadata) {
            if (metadata.count(text) != 0) return fail("metadata key '", brief(text), "' appears twice");
            return true;
        }
        HeaderEntry& e = entries.back();
        bool* seen = text == "dtype"          ? &e.has_dtype
                     : text == "shape"        ? &e.has_shape
                     : text == "data_offsets" ? &e.has_offsets
                                              : nullptr;
        if (seen == nullptr)
            return fail("tensor '", brief(e.name), "' has an unknown field '", brief(text), "'");
        if (*seen) return fail("tensor '", brief(e.name), "' has ", brief(text), " twice");
        *seen = true;
        return true;
    }

    bool end_object() override {
        if (state_ == State::tensor) {
            const HeaderEntry& e = entries.back();
            if (!e.has_dtype || !e.has_shape || !e.has_offsets || e.offsets.size() != 2)
                return fail("tensor '", brief(e.name), "' needs dtype, shape and two data_offsets");
        }
        state_ = state_ == State::root ? State::end : State::root;
        return true;
    }

    bool start_array(std::size_t) override {
        if (state_ != State::tensor || key_ == "dtype") return unexpected("an array");
        array_ = key_ == "shape" ? &entries.back().shape : &entries.back().offsets;
        state_ = State::array;
        return true;
    }

    bool end_array() override {
        state_ = State::tensor;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
        // The header starts at byte 8 of the file, the parser counts from 1.
        return fail("not JSON at byte ", position + 7);
    }

  private:
    enum class State { start, root, metadata, tensor, array, end };

    template <class... Pieces>
    bool fail(const Pieces&... pieces) {
        if (status.ok()) status = Status::error(Code::bad_file, "safetensors header: ", pieces...);
        return false;
    }
    bool unexpected(std::string_view what) { return fail("unexpected ", what, " at '", brief(key_), "'"); }

    State state_ = State::start;
    std::string key_;
    std::vector<uint64_t>* array_ = nullptr;
    std::set<std::string> names_;
};

// Entries in the order of their bytes must cover 0..data_size without holes or overlap.
Status check_offsets(std::vector<HeaderEntry>* entries, uint64_t data_size) {
    std::sort(entries->begin(), entries->end(), [](const HeaderEntry& a, const HeaderEntry& b) {
        return a.offsets != b.offsets ? a.offsets < b.offsets : a.name < b.name;
    });
    uint64_t end = 0;
    for (const HeaderEntry& e : *entries) {
        if (e.offsets[0] != end || e.offsets[1] < e.offsets[0])
            return Status::error(Code::bad_file, "tensor '", brief(e.name), "' has data_offsets ",
                                 e.offsets[0], "..", e.offsets[1], ": expected them to start at ", end,
                                 ", without hole or overlap");
        end = e.offsets[1];
        if (end > data_size)
            return Status::error(Code::bad_file, "tensor '", brief(e.name), "' ends at data byte ", end,
                                 ", but the file has ", data_size);
        const std::optional<uint64_t> bytes = byte_size(e.dtype, e.shape);
        if (!bytes)
            return Status::error(Code::bad_file, "tensor '", brief(e.name), "' of shape ",
                                 shape_text(e.shape).view(), " passes 2^63 bytes");
        if (*bytes != e.offsets[1] - e.offsets[0])
            return Status::error(Code::bad_file, "tensor '", brief(e.name), "' of shape ",
                                 shape_text(e.shape).view(), " ", name(e.dtype), " has ",
                                 e.offsets[1] - e.offsets[0], " bytes, expected ", *bytes);
    }
    if (end != data_size)
        return Status::error(Code::bad_file, "the tensors end at data byte ", end, ", but the file has ",
                             data_size);
    return {};
}

}  // namespace

Status parse_safetensors(const uint8_t* data, std::size_t size, NamedTensors* out) {
    if (size < 10)
        return Status::error(Code::bad_file, "a safetensors file of ", size,
                             " bytes: its shortest header takes 10");
    const uint64_t header = load<uint64_t>(data);
    if (header > kMaxSafetensorsHeader || header > size - 8)
        return Status::error(Code::bad_file, "safetensors header length is ", header, ": the file has ",
                             size - 8, " bytes after it, and the limit is ", kMaxSafetensorsHeader);
    const uint8_t* json = data + 8;
    const uint64_t data_size = size - 8 - header;
    if (header == 0 || json[0] != '{')
        return Status::error(Code::bad_file, "safetensors header: byte 8 is not '{'");
    HeaderReader reader;
    if (!nlohmann::json::sax_parse(json, json + header, &reader)) return reader.status;
    ATOME_TRY(check_offsets(&reader.entries, data_size));
    NamedTensors file;
    for (HeaderEntry& e : reader.entries)
        file.tensors[std::move(e.name)] = {e.dtype, std::move(e.shape), json + header + e.offsets[0],
                                           static_cast<std::size_t>(e.offsets[1] - e.offsets[0])};
    file.metadata = std::move(reader.metadata);
    *out = std::move(file);
    return {};
}

namespace {

// What is not UTF-8 is written as replacement characters, which make one name of two.
Status check_name(std::string_view what, const std::string& name) {
    if (is_utf8(name)) return {};
    return Status::error(Code::bad_argument, what, " '", brief(name), "' is not UTF-8: use text");
}

// A tensor on its way into a file; `bytes` null: zeros.
struct Outgoing {
    std::string name;
    Dtype dtype;
    std::vector<uint64_t> shape;
    const uint8_t* bytes;
    uint64_t size;
};

Status collect(const std::vector<FloatTensor>& model, const std::vector<ExtraTensor>& extra,
               std::vector<Outgoing>* out) {
    std::set<std::string> names = {std::string(kMetadataKey)};
    for (const FloatTensor& t : model) {
        names.insert(t.name);
        out->push_back({t.name, Dtype::f32, t.shape, reinterpret_cast<const uint8_t*>(t.values),
                        *byte_size(Dtype::f32, t.shape)});
    }
    for (const ExtraTensor& e : extra) {
        ATOME_TRY(check_name("tensor name", e.name));
        if (!names.insert(e.name).second)
            return Status::error(Code::bad_argument, "tensor name '", brief(e.name), "' is taken");
        const std::optional<uint64_t> bytes = byte_size(e.dtype, e.shape);
        if (e.shape.size() > kMaxRank || !bytes || *bytes != e.bytes.size())
            return Status::error(Code::bad_argument, "tensor '", brief(e.name), "' of shape ",
                                 shape_text(e.shape).view(), " ", name(e.dtype), " has ", e.bytes.size(),
                                 " bytes");
        out->push_back({e.name, e.dtype, e.shape, e.bytes.data(), *bytes});
    }
    // Readers view elements in place, so each tensor must start at a multiple of its element size.
    std::stable_sort(out->begin(), out->end(), [](const Outgoing& a, const Outgoing& b) {
        return dtype_size(a.dtype) > dtype_size(b.dtype);
    });
    return {};
}

}  // namespace

Status write_tensors(const std::vector<FloatTensor>& model,
                     const std::map<std::string, std::string, std::less<>>& config,
                     const std::vector<ExtraTensor>& extra,
                     const std::map<std::string, std::string, std::less<>>& metadata,
                     std::vector<uint8_t>* out) {
    std::map<std::string, std::string, std::less<>> all = config;
    for (const auto& [key, value] : metadata) {
        ATOME_TRY(check_name("metadata key", key));
        if (!all.emplace(key, value).second)
            return Status::error(Code::bad_argument, "metadata key '", brief(key),
                                 "' belongs to the configuration");
    }
    std::vector<Outgoing> tensors;
    ATOME_TRY(collect(model, extra, &tensors));

    nlohmann::ordered_json header;
    header[std::string(kMetadataKey)] = all;
    uint64_t end = 0;
    for (const Outgoing& t : tensors) {
        header[t.name] = {
            {"dtype", name(t.dtype)}, {"shape", t.shape}, {"data_offsets", {end, end + t.size}}};
        end += t.size;
    }
    // Invalid UTF-8 in a value is replaced: dump() would throw.
    std::string json = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    json.resize(align_up<std::size_t>(json.size(), 8), ' ');
    std::vector<uint8_t> file(8 + json.size() + static_cast<std::size_t>(end), 0);
    store(file.data(), static_cast<uint64_t>(json.size()));
    std::memcpy(file.data() + 8, json.data(), json.size());
    uint8_t* to = file.data() + 8 + json.size();
    for (const Outgoing& t : tensors) {
        if (t.bytes != nullptr) std::memcpy(to, t.bytes, static_cast<std::size_t>(t.size));
        to += t.size;
    }
    *out = std::move(file);
    return {};
}

}  // namespace atome
