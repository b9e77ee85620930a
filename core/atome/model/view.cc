#include "atome/model/view.h"

#include "atome/model/view_checks.h"

namespace atome {

// Version 1. Its names for places in a file are others than those of version 2, so they are used within
// functions alone.
namespace version1 {
namespace {

using namespace layout;
using namespace view_checks;

Status check_header(const uint8_t* data, size_t size) {
    if (size < kHeaderSize)
        return bad_byte(size, "the file ends inside its header of ", kHeaderSize, " bytes");
    ATOME_TRY(expect_crc(data, kHeaderCrcAt, 0, kHeaderCrcAt, "header"));
    ATOME_TRY(expect_u32(data, kHeaderSizeAt, "header size", kHeaderSize));
    const uint32_t stated = load<uint32_t>(data + kFileSizeAt);
    if (stated != size)
        return bad_byte(kFileSizeAt, "file size is ", stated, ", but the file has ", size, " bytes");
    ATOME_TRY(expect_u32(data, kConfigOffsetAt, "config offset", kConfigOffset));
    ATOME_TRY(expect_u32(data, kConfigSizeAt, "config size", kConfigSize));
    ATOME_TRY(expect_u32(data, kDirectoryOffsetAt, "directory offset", kDirectoryOffset));
    ATOME_TRY(expect_zeros(data, kReservedAt, kHeaderCrcAt, "reserved header byte"));
    const uint64_t count = load<uint32_t>(data + kDirectoryCountAt);
    if (kDirectoryOffset + count * kEntrySize > size)
        return bad_byte(kDirectoryCountAt, "directory of ", count, " entries passes the end of the file at ",
                        size);
    ATOME_TRY(expect_crc(data, kConfigCrcAt, kConfigOffset, kConfigSize, "config"));
    return expect_crc(data, kDirectoryCrcAt, kDirectoryOffset, count * kEntrySize, "directory");
}

Status read_config(const uint8_t* data, Config* config, uint32_t* window) {
    uint32_t at = kConfigOffset;
    leave_unsaid(config);
    for (const ConfigField<Config>& f : fields(*config)) {
        if (f.version > kVersion) continue;
        ATOME_TRY(set_field(f, load<uint32_t>(data + at), at, config));
        at += 4;
    }
    *window = load<uint32_t>(data + at);
    ATOME_TRY(check_window(*window, at));
    ATOME_TRY(expect_zeros(data, at + 4, kDirectoryOffset, "reserved config byte"));
    return validate(*config);
}

struct Entry {
    uint32_t kind, layer, encoding, flags, offset, size, rows, cols;
    float scale;
};

Entry load_entry(const uint8_t* p) {
    return {load<uint16_t>(p + kKindAt),
            load<uint16_t>(p + kLayerAt),
            p[kEncodingAt],
            p[kFlagsAt],
            load<uint32_t>(p + kOffsetAt),
            load<uint32_t>(p + kSizeAt),
            load<uint32_t>(p + kRowsAt),
            load<uint32_t>(p + kColsAt),
            load<float>(p + kScaleAt)};
}

uint64_t row_scale_bytes(const Entry& e) {
    return (e.flags & kRowScales) != 0 ? align_up<uint64_t>(uint64_t{4} * e.rows, kAlign) : 0;
}

// The fields of a tensor's entry against what the configuration demands at this place; `at` is the entry.
Status check_tensor_entry(const Entry& e, uint64_t at, const TensorSpec& spec, Quantizer quantizer) {
    if (e.kind != spec.row->id)
        return bad_byte(at + kKindAt, "tensor kind is ", e.kind, ", expected ", spec.row->id, " (",
                        tensor_name(spec).view(), ")");
    const Text name = tensor_name(spec);
    if (e.layer != spec.layer)
        return bad_byte(at + kLayerAt, name.view(), ": layer is ", e.layer, ", expected ", spec.layer);
    constexpr uint32_t kLast = static_cast<uint32_t>(kLastOfMatrices);
    if (e.encoding > kLast)
        return bad_byte(at + kEncodingAt, name.view(), ": encoding is ", e.encoding, ": use 0..", kLast);
    if (!spec.coded && e.encoding != static_cast<uint32_t>(Encoding::f32))
        return bad_byte(at + kEncodingAt, name.view(), ": encoding is ", e.encoding, ", expected 0 (f32)");
    const bool coded = e.encoding != static_cast<uint32_t>(Encoding::f32);
    if (coded) ATOME_TRY(check_uses(quantizer, e.encoding, at + kEncodingAt, name.view()));
    const bool row_scales = (e.flags & kRowScales) != 0;
    if ((e.flags & ~uint32_t{kRowScales}) != 0 || (row_scales && (!coded || spec.one_scale())))
        return bad_byte(at + kFlagsAt, name.view(), ": flags are ", e.flags, ", expected ",
                        spec.one_scale() ? "0: the conv has one scale"
                        : coded          ? "0 or 1"
                                         : "0");
    if (e.rows != spec.rows)
        return bad_byte(at + kRowsAt, name.view(), ": rows is ", e.rows, ", expected ", spec.rows);
    if (e.cols != spec.cols)
        return bad_byte(at + kColsAt, name.view(), ": cols is ", e.cols, ", expected ", spec.cols);
    ATOME_TRY(check_scale(e.scale, coded && !row_scales, at + kScaleAt, name.view()));
    const size_t n = static_cast<size_t>(spec.size());
    const uint64_t size =
        coded ? row_scale_bytes(e) + packed_bytes(static_cast<Encoding>(e.encoding), n) : uint64_t{4} * n;
    if (e.size != size)
        return bad_byte(at + kSizeAt, name.view(), ": size is ", e.size, ", expected ", size, " bytes");
    return {};
}

// What lies in a tensor's section, whose bounds are known to be good.
Status check_tensor_content(const uint8_t* data, const Entry& e, const TensorSpec& spec) {
    const Text name = tensor_name(spec);
    if (e.encoding == static_cast<uint32_t>(Encoding::f32))
        return check_numbers<F32>(data, e.offset, spec.size(), name.view());
    const uint64_t codes = e.offset + row_scale_bytes(e);
    if ((e.flags & kRowScales) != 0) {
        ATOME_TRY(check_row_scales(data, e.offset, e.rows, name.view()));
        ATOME_TRY(expect_zeros(data, e.offset + uint64_t{4} * e.rows, codes, "padding after the row scales"));
    }
    return check_codes(data, codes, static_cast<Encoding>(e.encoding), spec.size(), name.view());
}

Status check_vocabulary(const uint8_t* data, const Entry& e, uint64_t at, const Config& config,
                        Vocabulary* vocabulary) {
    ATOME_TRY(expect_zeros(data, at + kLayerAt, at + kEntryZeroAt, "unused directory byte"));
    ATOME_TRY(expect_zeros(data, at + kRowsAt, at + kCrcAt, "unused directory byte"));
    return open_vocabulary(data, at + kKindAt, at + kSizeAt, e.offset, e.size, config, vocabulary);
}

Status check_sections(const uint8_t* data, uint64_t size, const Config& config, Vocabulary* vocabulary) {
    const uint32_t count = load<uint32_t>(data + kDirectoryCountAt);
    const uint32_t tensors = tensor_count(config);
    uint64_t expected_offset = kDirectoryOffset + uint64_t{count} * kEntrySize;
    uint32_t next = 0;  // in canonical order
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t at = kDirectoryOffset + uint64_t{i} * kEntrySize;
        const Entry e = load_entry(data + at);
        ATOME_TRY(expect_zeros(data, at + kEntryZeroAt, at + kEntryZeroAt + 2, "reserved directory byte"));
        while (next < tensors && !tensor_spec(config, next).active) next++;
        const bool is_tensor = next < tensors;
        const TensorSpec spec = tensor_spec(config, is_tensor ? next : 0);
        if (is_tensor) {
            ATOME_TRY(check_tensor_entry(e, at, spec, config.quantizer));
            next++;
        } else {
            ATOME_TRY(check_kind(e.kind, at + kKindAt));
        }
        ATOME_TRY(
            check_section(data, size, {at + kOffsetAt, at + kSizeAt, at + kCrcAt}, kAlign, &expected_offset));
        if (is_tensor)
            ATOME_TRY(check_tensor_content(data, e, spec));
        else if (e.kind == kVocabularyKind)
            ATOME_TRY(check_vocabulary(data, e, at, config, vocabulary));
    }
    while (next < tensors && !tensor_spec(config, next).active) next++;
    if (next < tensors)
        return bad_byte(kDirectoryCountAt, "directory of ", count, " entries lacks ",
                        tensor_name(tensor_spec(config, next)).view());
    return expect_end(expected_offset, size);
}

}  // namespace
}  // namespace version1

Status ModelView::open(const uint8_t* data, size_t size, ModelView* out) {
    using namespace layout;
    using namespace view_checks;
    if (data == nullptr)
        return Status::error(Code::bad_argument, "no data: give the bytes of an .atome file");
    if (reinterpret_cast<uintptr_t>(data) % kAlign != 0)
        return Status::error(Code::bad_alignment, "the model starts at an address that is ",
                             reinterpret_cast<uintptr_t>(data) % kAlign,
                             " past a multiple of 16: align its bytes to 16");
    for (uint32_t i = 0; i < sizeof kMagic; i++)
        if (i >= size || data[i] != kMagic[i])
            return bad_byte(i, "not an .atome file: expected the magic 89 41 54 4D 0D 0A 1A 0A");
    if (size < kVersionAt + 4) return bad_byte(size, "the file ends inside its version");
    ModelView view;
    view.data_ = data;
    view.size_ = size;
    const uint32_t version = load<uint32_t>(data + kVersionAt);
    if (version == compact::kVersion) {
        ATOME_TRY(view.open_compact());
    } else {
        if (version != kVersion)
            return bad_byte(kVersionAt, "version is ", version, ", expected ", kVersion, " or ",
                            compact::kVersion);
        ATOME_TRY(version1::check_header(data, size));
        ATOME_TRY(version1::read_config(data, &view.config_, &view.window_));
        ATOME_TRY(version1::check_sections(data, size, view.config_, &view.vocabulary_));
    }
    *out = view;
    return {};
}

const uint8_t* ModelView::section(uint16_t kind, uint32_t* size) const {
    using namespace layout;
    if (data_ == nullptr) return nullptr;
    // Entries stand in a row in either version, and both begin with a kind.
    const bool compact = compact_.tensors != 0;
    const uint32_t each = compact ? compact::kEntrySize : kEntrySize;
    const uint32_t count =
        compact ? load<uint16_t>(data_ + compact::kEntriesAt) : load<uint32_t>(data_ + kDirectoryCountAt);
    const uint8_t* entry = data_ + (compact ? compact_.tensors - 4 - each * count : kDirectoryOffset);
    for (uint32_t i = 0; i < count; i++, entry += each) {
        if (load<uint16_t>(entry) != kind) continue;
        *size = load<uint32_t>(entry + (compact ? compact::kSizeAt : kSizeAt));
        return data_ + load<uint32_t>(entry + (compact ? compact::kOffsetAt : kOffsetAt));
    }
    return nullptr;
}

TensorView ModelView::tensor(TensorKind kind, uint32_t layer) const {
    using namespace version1;
    if (data_ == nullptr || static_cast<uint32_t>(kind) >= tensor_table(config_).count) return {};
    const TensorSpec spec = spec_of(config_, kind, layer);
    if (!spec.active || !is_listed(config_, *spec.row) || spec.layer >= config_.n_layers) return {};
    if (compact_.tensors != 0) return compact_tensor(spec);
    const Entry e = load_entry(data_ + kDirectoryOffset + section_index(config_, kind, layer) * kEntrySize);
    TensorView t;
    t.rows = e.rows;
    t.cols = e.cols;
    t.encoding = static_cast<Encoding>(e.encoding);
    t.scale = e.scale;
    const uint8_t* section = data_ + e.offset;
    if (t.encoding == Encoding::f32) {
        t.values = reinterpret_cast<const float*>(section);
        return t;
    }
    if ((e.flags & kRowScales) != 0) t.row_scales = reinterpret_cast<const float*>(section);
    t.codes = section + row_scale_bytes(e);
    return t;
}

}  // namespace atome
