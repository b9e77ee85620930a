#include "atome/model/view.h"

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/model/file_layout.h"

namespace atome {

namespace {

using namespace layout;

template <class... Pieces>
Status bad_byte(uint64_t at, Pieces... pieces) {
    return Status::error(Code::bad_file, "byte ", at, ": ", pieces...);
}

Status expect_u32(const uint8_t* data, uint32_t at, TextView field, uint32_t expected) {
    const uint32_t found = load<uint32_t>(data + at);
    if (found == expected) return {};
    return bad_byte(at, field, " is ", found, ", expected ", expected);
}

Status expect_zeros(const uint8_t* data, uint64_t begin, uint64_t end, TextView what) {
    for (uint64_t at = begin; at < end; at++)
        if (data[at] != 0) return bad_byte(at, what, " is ", data[at], ", expected 0");
    return {};
}

// Checks bytes `begin` .. `begin + size` against the checksum stored at byte `stored_at`.
Status expect_crc(const uint8_t* data, uint64_t stored_at, uint64_t begin, uint64_t size, TextView what) {
    const uint32_t found = load<uint32_t>(data + stored_at);
    const uint32_t computed = crc32c(data + begin, static_cast<size_t>(size));
    if (found == computed) return {};
    return bad_byte(stored_at, what, " CRC32C is ", found, ", but bytes ", begin, "..", begin + size - 1,
                    " give ", computed);
}

Status check_header(const uint8_t* data, size_t size) {
    for (uint32_t i = 0; i < sizeof kMagic; i++)
        if (i >= size || data[i] != kMagic[i])
            return bad_byte(i, "not an .atome file: expected the magic 89 41 54 4D 0D 0A 1A 0A");
    if (size < kHeaderSize)
        return bad_byte(size, "the file ends inside its header of ", kHeaderSize, " bytes");
    ATOME_TRY(expect_u32(data, kVersionAt, "version", kVersion));
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
    for (const ConfigField<Config>& f : fields(*config)) {
        if (f.later) continue;
        const uint32_t value = load<uint32_t>(data + at);
        if (f.choice && value > f.most)
            return bad_byte(at, f.name, " is ", value, ": use ", f.least, "..", f.most);
        f.set(config, value);
        at += 4;
    }
    *window = load<uint32_t>(data + at);
    if (*window > Limits::window) return bad_byte(at, "window is ", *window, ": use 0..", Limits::window);
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

// Whether coded sections of a quantiser's models may have this encoding.
bool uses(Quantizer quantizer, Encoding encoding) {
    return encoding == in_files(quantizer).encoding ||
           (in_files(quantizer).trits && (encoding == Encoding::trit2 || encoding == Encoding::trit5));
}

// The fields of a tensor's entry against what the configuration demands at this place; `at` is the entry.
Status check_tensor_entry(const Entry& e, uint64_t at, const TensorSpec& spec, Quantizer quantizer) {
    if (e.kind != spec.row->id)
        return bad_byte(at + kKindAt, "tensor kind is ", e.kind, ", expected ", spec.row->id, " (",
                        tensor_name(spec).view(), ")");
    const Text name = tensor_name(spec);
    if (e.layer != spec.layer)
        return bad_byte(at + kLayerAt, name.view(), ": layer is ", e.layer, ", expected ", spec.layer);
    constexpr uint32_t kLast = static_cast<uint32_t>(kLastEncoding);
    if (e.encoding > kLast)
        return bad_byte(at + kEncodingAt, name.view(), ": encoding is ", e.encoding, ": use 0..", kLast);
    if (!spec.coded && e.encoding != static_cast<uint32_t>(Encoding::f32))
        return bad_byte(at + kEncodingAt, name.view(), ": encoding is ", e.encoding, ", expected 0 (f32)");
    const bool coded = e.encoding != static_cast<uint32_t>(Encoding::f32);
    if (coded && !uses(quantizer, static_cast<Encoding>(e.encoding)))
        return bad_byte(at + kEncodingAt, name.view(), ": encoding is ", e.encoding, ", which quantizer ",
                        in_files(quantizer).name, " does not use");
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
    if ((!coded || row_scales) && bits_of(e.scale) != bits_of(1.0f))
        return bad_byte(at + kScaleAt, name.view(), ": the entry's scale is unused, expected 1.0");
    if (!is_finite(e.scale))
        return Status::error(Code::not_finite, "byte ", at + kScaleAt, ": ", name.view(),
                             ": scale is not finite");
    if (!(e.scale > 0.0f)) return bad_byte(at + kScaleAt, name.view(), ": scale is not above 0");
    const size_t n = static_cast<size_t>(spec.size());
    const uint64_t size =
        coded ? row_scale_bytes(e) + packed_bytes(static_cast<Encoding>(e.encoding), n) : uint64_t{4} * n;
    if (e.size != size)
        return bad_byte(at + kSizeAt, name.view(), ": size is ", e.size, ", expected ", size, " bytes");
    return {};
}

Status check_floats(const uint8_t* data, uint64_t begin, uint64_t n, TextView name) {
    for (uint64_t i = 0; i < n; i++)
        if (!is_finite(load<float>(data + begin + 4 * i)))
            return Status::error(Code::not_finite, "byte ", begin + 4 * i, ": ", name, ": element ", i,
                                 " is not finite");
    return {};
}

// What lies in a tensor's section, whose bounds are known to be good.
Status check_tensor_content(const uint8_t* data, const Entry& e, const TensorSpec& spec) {
    const Text name = tensor_name(spec);
    if (e.encoding == static_cast<uint32_t>(Encoding::f32))
        return check_floats(data, e.offset, spec.size(), name.view());
    const uint64_t codes = e.offset + row_scale_bytes(e);
    if ((e.flags & kRowScales) != 0) {
        ATOME_TRY(check_floats(data, e.offset, e.rows, name.view()));
        for (uint64_t at = e.offset; at < e.offset + uint64_t{4} * e.rows; at += 4)
            if (!(load<float>(data + at) > 0.0f))
                return bad_byte(at, name.view(), ": row scale is not above 0");
        ATOME_TRY(expect_zeros(data, e.offset + uint64_t{4} * e.rows, codes, "padding after the row scales"));
    }
    const Encoding encoding = static_cast<Encoding>(e.encoding);
    const size_t at = first_bad_code_byte(encoding, data + codes, static_cast<size_t>(spec.size()));
    if (at == kAllCodesGood) return {};
    return bad_byte(codes + at, name.view(), ": invalid code or padding ", data[codes + at], " in encoding ",
                    e.encoding);
}

// Status of the vocabulary's section, whose bounds and checksum are known to be good; at: its entry.
Status open_vocabulary(const uint8_t* data, const Entry& e, uint64_t at, const Config& config,
                       Vocabulary* vocabulary) {
    if (*vocabulary) return bad_byte(at + kKindAt, "a second vocabulary");
    ATOME_TRY(expect_zeros(data, at + kLayerAt, at + kEntryZeroAt, "unused directory byte"));
    ATOME_TRY(expect_zeros(data, at + kRowsAt, at + kCrcAt, "unused directory byte"));
    if (e.size == 0) return bad_byte(at + kSizeAt, "the vocabulary is empty");
    const Status status = Vocabulary::of(data + e.offset, e.size, config.vocab_size, vocabulary);
    return status.ok() ? status : bad_byte(e.offset, "section vocabulary: ", status.message());
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
        } else if (e.kind < kFirstOptionalKind && e.kind != kVocabularyKind) {
            return bad_byte(at + kKindAt, "section kind is ", e.kind, ", expected ", kVocabularyKind, " or ",
                            kFirstOptionalKind, " or more after the last tensor");
        }
        if (e.offset != expected_offset)
            return bad_byte(at + kOffsetAt, "section offset is ", e.offset, ", expected ", expected_offset);
        const uint64_t end = uint64_t{e.offset} + e.size;
        expected_offset = align_up<uint64_t>(end, kAlign);
        if (expected_offset > size)
            return bad_byte(at + kSizeAt, "section ends at ", expected_offset,
                            ", past the end of the file at ", size);
        ATOME_TRY(expect_crc(data, at + kCrcAt, e.offset, e.size, "section"));
        ATOME_TRY(expect_zeros(data, end, expected_offset, "padding after a section"));
        if (is_tensor)
            ATOME_TRY(check_tensor_content(data, e, spec));
        else if (e.kind == kVocabularyKind)
            ATOME_TRY(open_vocabulary(data, e, at, config, vocabulary));
    }
    while (next < tensors && !tensor_spec(config, next).active) next++;
    if (next < tensors)
        return bad_byte(kDirectoryCountAt, "directory of ", count, " entries lacks ",
                        tensor_name(tensor_spec(config, next)).view());
    if (expected_offset != size)
        return bad_byte(expected_offset, "the last section ends here, but the file has ", size, " bytes");
    return {};
}

}  // namespace

Status ModelView::open(const uint8_t* data, size_t size, ModelView* out) {
    if (data == nullptr)
        return Status::error(Code::bad_argument, "no data: give the bytes of an .atome file");
    if (reinterpret_cast<uintptr_t>(data) % kAlign != 0)
        return Status::error(Code::bad_alignment, "the model starts at an address that is ",
                             reinterpret_cast<uintptr_t>(data) % kAlign,
                             " past a multiple of 16: align its bytes to 16");
    ModelView view;
    ATOME_TRY(check_header(data, size));
    ATOME_TRY(read_config(data, &view.config_, &view.window_));
    ATOME_TRY(check_sections(data, size, view.config_, &view.vocabulary_));
    view.data_ = data;
    view.size_ = size;
    view.directory_ = data + kDirectoryOffset;
    *out = view;
    return {};
}

TensorView ModelView::tensor(TensorKind kind, uint32_t layer) const {
    if (directory_ == nullptr || kind > TensorKind::unembed) return {};
    const TensorSpec spec = spec_of(config_, kind, layer);
    if (!spec.active || !is_listed(config_, spec.row->needs) || spec.layer >= config_.n_layers) return {};
    const Entry e = load_entry(directory_ + section_index(config_, kind, layer) * kEntrySize);
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
