// Checks that the readers of both versions of `.atome` make. Errors are bad_file or not_finite and name the
// byte.
#pragma once

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/model/file_layout.h"
#include "atome/model/view.h"

namespace atome {
namespace view_checks {

template <class... Pieces>
inline Status bad_byte(uint64_t at, Pieces... pieces) {
    return Status::error(Code::bad_file, "byte ", at, ": ", pieces...);
}

inline Status expect_u32(const uint8_t* data, uint32_t at, TextView field, uint32_t expected) {
    const uint32_t found = load<uint32_t>(data + at);
    if (found == expected) return {};
    return bad_byte(at, field, " is ", found, ", expected ", expected);
}

inline Status expect_zeros(const uint8_t* data, uint64_t begin, uint64_t end, TextView what) {
    for (uint64_t at = begin; at < end; at++)
        if (data[at] != 0) return bad_byte(at, what, " is ", data[at], ", expected 0");
    return {};
}

// Checks bytes `begin` .. `begin + size` against the checksum stored at byte `stored_at`.
inline Status expect_crc(const uint8_t* data, uint64_t stored_at, uint64_t begin, uint64_t size,
                         TextView what) {
    const uint32_t found = load<uint32_t>(data + stored_at);
    const uint32_t computed = crc32c(data + begin, static_cast<size_t>(size));
    if (found == computed) return {};
    return bad_byte(stored_at, what, " CRC32C is ", found, ", but bytes ", begin, "..", begin + size - 1,
                    " give ", computed);
}

// Whether codes of a quantiser's models may have this encoding, which stands at byte `at`.
inline Status check_uses(Quantizer quantizer, uint32_t encoding, uint64_t at, TextView name) {
    const QuantizerInFiles& files = in_files(quantizer);
    const Encoding e = static_cast<Encoding>(encoding);
    if (e == files.encoding || (files.trits && (e == Encoding::trit2 || e == Encoding::trit5))) return {};
    return bad_byte(at, name, ": encoding is ", encoding, ", which quantizer ", files.name, " does not use");
}

// `n` numbers of the plain encoding Row.
template <class Row>
Status check_numbers(const uint8_t* data, uint64_t begin, uint64_t n, TextView name) {
    for (uint64_t i = 0; i < n; i++)
        if (!is_finite(Row::number(data + begin, static_cast<size_t>(i))))
            return Status::error(Code::not_finite, "byte ", begin + Row::kBytes * i, ": ", name, ": element ",
                                 i, " is not finite");
    return {};
}

// `n` gains.
inline Status check_gains(const uint8_t* data, uint64_t begin, uint64_t n, TextView name) {
    for (uint64_t at = begin; at < begin + n; at++)
        if (data[at] == 0) return bad_byte(at, name, ": gain is 0: use 1..255");
    return {};
}

// One f32 a row, finite and above 0.
inline Status check_row_scales(const uint8_t* data, uint64_t begin, uint32_t rows, TextView name) {
    ATOME_TRY(check_numbers<F32>(data, begin, rows, name));
    for (uint64_t at = begin; at < begin + uint64_t{4} * rows; at += 4)
        if (!(load<float>(data + at) > 0.0f)) return bad_byte(at, name, ": row scale is not above 0");
    return {};
}

inline Status check_codes(const uint8_t* data, uint64_t begin, Encoding encoding, uint64_t n, TextView name) {
    const size_t at = first_bad_code_byte(encoding, data + begin, static_cast<size_t>(n));
    if (at == kAllCodesGood) return {};
    return bad_byte(begin + at, name, ": invalid code or padding ", data[begin + at], " in encoding ",
                    static_cast<uint32_t>(encoding));
}

// The scale of a tensor at byte `at`, which is 1.0 where it is not used.
inline Status check_scale(float scale, bool used, uint64_t at, TextView name) {
    if (!used && bits_of(scale) != bits_of(1.0f))
        return bad_byte(at, name, ": the entry's scale is unused, expected 1.0");
    if (!is_finite(scale))
        return Status::error(Code::not_finite, "byte ", at, ": ", name, ": scale is not finite");
    if (!(scale > 0.0f)) return bad_byte(at, name, ": scale is not above 0");
    return {};
}

// Where a section's entry says what.
struct SectionFields {
    uint64_t offset_at, size_at, crc_at;
};

// The bounds and the checksum of a section, and the zeros behind it. *expected_offset is where it must start,
// and becomes where the next one must.
inline Status check_section(const uint8_t* data, uint64_t file_size, const SectionFields& fields,
                            uint32_t align, uint64_t* expected_offset) {
    const uint32_t offset = load<uint32_t>(data + fields.offset_at),
                   size = load<uint32_t>(data + fields.size_at);
    if (offset != *expected_offset)
        return bad_byte(fields.offset_at, "section offset is ", offset, ", expected ", *expected_offset);
    const uint64_t end = uint64_t{offset} + size;
    *expected_offset = align_up<uint64_t>(end, align);
    if (*expected_offset > file_size)
        return bad_byte(fields.size_at, "section ends at ", *expected_offset,
                        ", past the end of the file at ", file_size);
    ATOME_TRY(expect_crc(data, fields.crc_at, offset, size, "section"));
    return expect_zeros(data, end, *expected_offset, "padding after a section");
}

inline Status expect_end(uint64_t end, uint64_t file_size) {
    if (end == file_size) return {};
    return bad_byte(end, "the last section ends here, but the file has ", file_size, " bytes");
}

// The first vocabulary of a file, whose bounds and checksum are known to be good; `size_at`, `kind_at`: the
// bytes of its entry.
inline Status open_vocabulary(const uint8_t* data, uint64_t kind_at, uint64_t size_at, uint32_t offset,
                              uint32_t size, const Config& config, Vocabulary* vocabulary) {
    if (*vocabulary) return bad_byte(kind_at, "a second vocabulary");
    if (size == 0) return bad_byte(size_at, "the vocabulary is empty");
    const Status status = Vocabulary::of(data + offset, size, config.vocab_size, vocabulary);
    return status.ok() ? status : bad_byte(offset, "section vocabulary: ", status.message());
}

// Whether a section of this kind may stand behind the tensors.
inline Status check_kind(uint32_t kind, uint64_t at) {
    if (kind >= layout::kFirstOptionalKind || kind == layout::kVocabularyKind) return {};
    return bad_byte(at, "section kind is ", kind, ", expected ", layout::kVocabularyKind, " or ",
                    layout::kFirstOptionalKind, " or more after the last tensor");
}

// A field of the config record, at byte `at`. Numbers are checked by validate().
inline Status set_field(const ConfigField<Config>& f, uint32_t value, uint64_t at, Config* config) {
    if (f.choice && value > f.most)
        return bad_byte(at, f.name, " is ", value, ": use ", f.least, "..", f.most);
    f.set(config, value);
    return {};
}

inline Status check_window(uint32_t window, uint64_t at) {
    if (window <= Limits::window) return {};
    return bad_byte(at, "window is ", window, ": use 0..", Limits::window);
}

}  // namespace view_checks
}  // namespace atome
