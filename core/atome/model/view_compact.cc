// Version 2 of `.atome`: no entry says where a tensor is, so tensors are found by walking the canonical list.
#include "atome/model/view_checks.h"

namespace atome {

using namespace layout::compact;
using namespace view_checks;

namespace {

bool is_here(const Config& c, const TensorRow& row) { return is_listed(c, row) && is_active(c, row.needs); }

bool is_matrix(const Config& c, const TensorRow& row) { return is_here(c, row) && is_coded(row.role); }

// The size of the list of scales in elements, and of that of encodings.
uint32_t matrix_count(const Config& c) {
    return position_of(c, tensor_table(c).count, 0, [&c](const TensorRow& row) { return is_matrix(c, row); });
}

// use(spec) for each tensor of a part, or of one block, that a file has.
template <class Use>
Status each_in_part(const Config& c, Part part, uint32_t layer, Use use) {
    const TensorTable table = tensor_table(c);
    for (uint32_t i = 0; i < table.count; i++)
        if (table.rows[i].part == part && is_here(c, table.rows[i]))
            ATOME_TRY(use(spec_of(c, static_cast<TensorKind>(i), layer)));
    return {};
}

}  // namespace

// A walk along the tensors: where the next one is. It ends where there are no more.
struct ModelView::Place {
    const ModelView& view;
    uint64_t at;          // where a tensor starts, once it has been taken
    uint32_t matrix = 0;  // its place among matrices, once a matrix has been taken the next one's

    uint64_t end = at;
    Encoding encoding = Encoding::f32;
    bool row_scales = false;
    float scale = 1.0f;

    void take(const TensorSpec& spec) {
        encoding = plain_encoding(view.config_, spec);
        row_scales = false;
        scale = 1.0f;
        if (spec.coded) {
            const uint8_t byte = view.data_[view.compact_.encodings + matrix];
            encoding = static_cast<Encoding>(byte & ~kRowScales);
            row_scales = (byte & kRowScales) != 0;
            scale = load<float>(view.data_ + view.compact_.scales + 4 * matrix);
            matrix++;
        }
        const uint64_t unit = row_scales ? 4 : is_plain(encoding) ? number_bytes(encoding) : 1;
        at = align_up<uint64_t>(end, unit);
        end = codes(spec) + packed_bytes(encoding, static_cast<size_t>(spec.size()));
    }
    // Where the codes start, behind the scales of the rows.
    uint64_t codes(const TensorSpec& spec) const { return at + (row_scales ? uint64_t{4} * spec.rows : 0); }
    // Every part begins anew, so that all blocks whose tensors have the same encodings are alike.
    void end_part() { end = align_up<uint64_t>(end, kAlign); }
};

Status ModelView::read_compact_head() {
    if (size_ < kConfigAt)
        return bad_byte(size_, "the file ends inside its head of more than ", kConfigAt, " bytes");
    const uint32_t head = load<uint32_t>(data_ + kHeadSizeAt);
    if (head < kConfigAt + 4 || head > size_ || head % kAlign != 0)
        return bad_byte(kHeadSizeAt, "head size is ", head, ": use a multiple of 4 from ", kConfigAt + 4,
                        " to the file's size of ", size_);
    ATOME_TRY(expect_crc(data_, head - 4, 0, head - 4, "head"));
    const uint32_t stated = load<uint32_t>(data_ + kFileSizeAt);
    if (stated != size_)
        return bad_byte(kFileSizeAt, "file size is ", stated, ", but the file has ", size_, " bytes");
    window_ = load<uint32_t>(data_ + kWindowAt);
    ATOME_TRY(check_window(window_, kWindowAt));

    const uint32_t given = load<uint16_t>(data_ + kConfigCountAt), known = fields(config_).count;
    if (given > known || kConfigAt + 2 * given + 4 > head)
        return bad_byte(kConfigCountAt, "config record of ", given, " fields: this reader knows ", known);
    leave_unsaid(&config_);
    uint32_t n = 0;
    for (const ConfigField<Config>& f : fields(config_)) {
        if (n == given) break;
        const uint32_t at = kConfigAt + 2 * n++;
        ATOME_TRY(set_field(f, load<uint16_t>(data_ + at), at, &config_));
    }
    if (file_version(config_) != kVersion || said_fields(config_) != given)
        return bad_byte(kConfigCountAt, "config record of ", given,
                        " fields: the last one must say what version ", layout::kVersion, " cannot");
    ATOME_TRY(validate(config_));

    const uint32_t matrices = matrix_count(config_);
    const uint32_t config_end = kConfigAt + 2 * given;
    compact_.scales = align_up(config_end, kAlign);
    compact_.encodings = compact_.scales + 4 * matrices;
    const uint32_t encodings_end = compact_.encodings + matrices;
    const uint32_t expected =
        align_up(encodings_end, kAlign) + kEntrySize * load<uint16_t>(data_ + kEntriesAt) + 4;
    if (head != expected) return bad_byte(kHeadSizeAt, "head size is ", head, ", expected ", expected);
    compact_.tensors = head;
    ATOME_TRY(expect_zeros(data_, config_end, compact_.scales, "padding after the config record"));
    return expect_zeros(data_, encodings_end, align_up(encodings_end, kAlign), "padding after the encodings");
}

Status ModelView::check_compact_tensors(uint64_t* end) {
    // Encodings first: sizes follow from them.
    uint32_t matrix = 0;
    const auto check_entry = [&](const TensorSpec& spec) -> Status {
        if (!spec.coded) return {};
        const uint64_t at = compact_.encodings + matrix;
        const uint64_t scale_at = compact_.scales + uint64_t{4} * matrix++;
        const Text name = tensor_name(spec);
        const uint32_t byte = data_[at], encoding = byte & ~uint32_t{kRowScales};
        const bool row_scales = byte != encoding;
        if (encoding > static_cast<uint32_t>(kLastOfMatrices))
            return bad_byte(at, name.view(), ": encoding is ", encoding, ": use 0..",
                            static_cast<uint32_t>(kLastOfMatrices));
        const bool coded = !is_plain(static_cast<Encoding>(encoding));
        if (coded) ATOME_TRY(check_uses(config_.quantizer, encoding, at, name.view()));
        if (row_scales && (!coded || spec.one_scale()))
            return bad_byte(at, name.view(), ": encoding is ", byte, ", expected ", encoding,
                            coded ? ": the conv has one scale" : ": only codes have row scales");
        if (!coded && has_gains(config_, spec.kind))
            return bad_byte(at, name.view(), ": encoding is ", byte, ", but gains scale codes");
        return check_scale(load<float>(data_ + scale_at), coded && !row_scales, scale_at, name.view());
    };
    Place place{*this, compact_.tensors};
    const auto check_bounds = [&](const TensorSpec& spec) -> Status {
        place.take(spec);
        if (place.end > size_)
            return bad_byte(place.at, tensor_name(spec).view(), " ends at ", place.end,
                            ", past the end of the file at ", size_);
        return {};
    };
    const auto check_content = [&](const TensorSpec& spec) -> Status {
        const uint64_t before = place.end;
        place.take(spec);
        const Text name = tensor_name(spec);
        ATOME_TRY(expect_zeros(data_, before, place.at, "padding before a tensor"));
        if (place.encoding == Encoding::u8) return check_gains(data_, place.at, spec.size(), name.view());
        if (is_plain(place.encoding))
            return with_numbers(place.encoding, [&](auto row) {
                return check_numbers<decltype(row)>(data_, place.at, spec.size(), name.view());
            });
        if (place.row_scales) ATOME_TRY(check_row_scales(data_, place.at, spec.rows, name.view()));
        return check_codes(data_, place.codes(spec), place.encoding, spec.size(), name.view());
    };
    // use(spec) along the whole list, end(start) after each part.
    const auto each = [this](auto use, auto end_part) -> Status {
        for (uint32_t part = 0, l = 0; part < 3; l = 0, part++) do {
                ATOME_TRY(each_in_part(config_, static_cast<Part>(part), l, use));
                ATOME_TRY(end_part(static_cast<Part>(part), l));
            } while (static_cast<Part>(part) == Part::block && ++l < config_.n_layers);
        return {};
    };
    ATOME_TRY(each(check_entry, [](Part, uint32_t) -> Status { return {}; }));
    uint64_t start = compact_.tensors;
    bool alike = true;
    ATOME_TRY(each(check_bounds, [&](Part part, uint32_t l) -> Status {
        place.end_part();
        const uint64_t bytes = place.end - start;
        start = place.end;
        if (part != Part::block) return {};
        if (l == 0) compact_.block_bytes = static_cast<uint32_t>(bytes);
        alike = alike && bytes == compact_.block_bytes;
        return {};
    }));
    if (!alike) compact_.block_bytes = 0;
    *end = place.end;
    if (*end > size_)
        return bad_byte(size_, "the file ends before the padding behind its tensors, at ", *end);
    ATOME_TRY(expect_crc(data_, kTensorsCrcAt, compact_.tensors, *end - compact_.tensors, "tensors"));
    place.end = compact_.tensors;
    place.matrix = 0;
    ATOME_TRY(each(check_content, [&](Part, uint32_t) -> Status {
        const uint64_t before = place.end;
        place.end_part();
        return expect_zeros(data_, before, place.end, "padding after tensors");
    }));
    return each(
        [&](const TensorSpec& spec) -> Status {
            if (!has_gains(config_, spec.kind)) return {};
            const TensorView t = compact_tensor(spec);
            for (uint32_t r = 0; r < t.rows; r++)
                if (!is_finite(t.row_scale(r)))
                    return Status::error(Code::not_finite, "byte ", t.gains + r - data_, ": ",
                                         tensor_name(spec).view(), ": scale times gain of row ", r,
                                         " is not finite");
            return {};
        },
        [](Part, uint32_t) -> Status { return {}; });
}

Status ModelView::check_compact_sections(uint64_t expected_offset) {
    const uint32_t count = load<uint16_t>(data_ + kEntriesAt);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t at = compact_.tensors - 4 - uint64_t{kEntrySize} * (count - i);
        const auto field = [&](uint32_t offset) { return load<uint32_t>(data_ + at + offset); };
        const uint32_t kind = field(kKindAt), offset = field(kOffsetAt), size = field(kSizeAt);
        ATOME_TRY(check_kind(kind, at + kKindAt));
        if (kind > 0xffff) return bad_byte(at + kKindAt, "section kind is ", kind, ": use at most 65535");
        ATOME_TRY(check_section(data_, size_, {at + kOffsetAt, at + kSizeAt, at + kCrcAt}, kAlign,
                                &expected_offset));
        if (kind == layout::kVocabularyKind)
            ATOME_TRY(
                open_vocabulary(data_, at + kKindAt, at + kSizeAt, offset, size, config_, &vocabulary_));
    }
    return expect_end(expected_offset, size_);
}

Status ModelView::open_compact() {
    ATOME_TRY(read_compact_head());
    uint64_t end = 0;
    ATOME_TRY(check_compact_tensors(&end));
    return check_compact_sections(end);
}

TensorView ModelView::compact_tensor(const TensorSpec& spec) const {
    const Config& c = config_;
    Place place{*this, compact_.tensors};
    const TensorTable table = tensor_table(c);
    const auto take = [&](Part part, uint32_t rows) {
        for (uint32_t i = 0; i < rows; i++)
            if (table.rows[i].part == part && is_here(c, table.rows[i]))
                place.take(spec_of(c, static_cast<TensorKind>(i), 0));
    };
    const auto pass = [&](Part part) {
        take(part, table.count);
        place.end_part();
    };
    const Part part = spec.row->part;
    if (part != Part::before) {
        pass(Part::before);
        uint32_t blocks = part == Part::block ? spec.layer : c.n_layers;
        if (compact_.block_bytes != 0) {
            place.end += uint64_t{blocks} * compact_.block_bytes;
            place.matrix += blocks * count_rows(c, Part::block, table.count,
                                                [&c](const TensorRow& row) { return is_matrix(c, row); });
        } else {
            while (blocks-- > 0) pass(Part::block);
        }
    }
    take(part, static_cast<uint32_t>(spec.kind) + 1);

    TensorView t;
    t.rows = spec.rows;
    t.cols = spec.cols;
    t.encoding = place.encoding;
    t.scale = place.scale;
    if (place.encoding == Encoding::f32)
        t.values = reinterpret_cast<const float*>(data_ + place.at);
    else
        t.codes = data_ + place.codes(spec);
    if (place.row_scales) t.row_scales = reinterpret_cast<const float*>(data_ + place.at);
    if (has_gains(c, spec.kind)) t.gains = compact_tensor(spec_of(c, gains_of(spec.kind), spec.layer)).codes;
    return t;
}

}  // namespace atome
