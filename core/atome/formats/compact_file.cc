#include "atome/formats/compact_file.h"

#include <algorithm>
#include <cstring>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/model/file_layout.h"
#include "atome/quant/packing.h"
#include "atome/quant/quantizers.h"

namespace atome {

namespace {

using namespace layout::compact;
using Bytes = std::vector<uint8_t>;

void pad(std::size_t unit, Bytes* out) { out->resize(align_up(out->size(), unit), 0); }

void append_numbers(Encoding plain, const std::vector<float>& values, Bytes* out) {
    with_numbers(plain, [&](auto row) {
        pad(row.kBytes, out);
        const std::size_t at = out->size();
        out->resize(at + row.kBytes * values.size());
        for (std::size_t i = 0; i < values.size(); i++) row.put(out->data() + at, i, values[i]);
    });
}

// Appends a matrix to the tensors, its scale and its encoding to their lists.
void append_matrix(const CodedTensor& t, Encoding encoding, Bytes* scales, Bytes* encodings, Bytes* tensors) {
    const bool row_scales = t.scales.size() > 1;
    append(t.scales.size() == 1 ? t.scales[0] : 1.0f, scales);
    encodings->push_back(
        static_cast<uint8_t>(static_cast<uint8_t>(encoding) | (row_scales ? kRowScales : 0)));
    if (is_plain(encoding)) return append_numbers(encoding, t.values, tensors);
    if (row_scales) append_numbers(Encoding::f32, t.scales, tensors);
    pack_codes(encoding, t.codes.data(), t.codes.size(), tensors);
}

}  // namespace

Encoding matrix_encoding(const CodedTensor& t, Quantizer quantizer, Encoding ternary_encoding) {
    if (!t.coded()) return Encoding::f32;
    const bool wide = row_of(quantizer).always_wide ||
                      std::any_of(t.codes.begin(), t.codes.end(), [](int8_t c) { return c > 1 || c < -1; });
    return wide ? in_files(quantizer).encoding : ternary_encoding;
}

Bytes compact_file(const CodedModel& model, Encoding ternary_encoding,
                   const std::vector<ExtraSection>& extra) {
    const Config& c = model.config;
    Bytes scales, encodings, tensors;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(c, i);
        const CodedTensor& t = model.tensors[i];
        if (spec.row->part != Part::before && (i == 0 || spec.row->part != tensor_spec(c, i - 1).row->part ||
                                               spec.layer != tensor_spec(c, i - 1).layer))
            pad(kAlign, &tensors);
        if (!spec.active) continue;
        if (spec.coded)
            append_matrix(t, matrix_encoding(t, c.quantizer, ternary_encoding), &scales, &encodings,
                          &tensors);
        else
            append_numbers(plain_encoding(c, spec), t.values, &tensors);
    }
    pad(kAlign, &tensors);

    std::vector<ExtraSection> sections;
    if (!model.vocabulary.empty()) sections.push_back({layout::kVocabularyKind, model.vocabulary});
    if (!model.fixed_plan.empty()) sections.push_back({layout::kFixedKind, model.fixed_plan});
    sections.insert(sections.end(), extra.begin(), extra.end());

    const uint32_t given = said_fields(c);
    Bytes file(kConfigAt, 0);
    for (const ConfigField<Config>& f : fields(c))
        if (file.size() < kConfigAt + 2 * given) append(static_cast<uint16_t>(f.get(c)), &file);
    pad(kAlign, &file);
    file.insert(file.end(), scales.begin(), scales.end());
    file.insert(file.end(), encodings.begin(), encodings.end());
    pad(kAlign, &file);
    const std::size_t head = file.size() + kEntrySize * sections.size() + 4;
    std::size_t end = head + tensors.size();
    for (const ExtraSection& s : sections) {
        append(uint32_t{s.kind}, &file);
        append(static_cast<uint32_t>(end), &file);
        append(static_cast<uint32_t>(s.bytes.size()), &file);
        append(crc32c(s.bytes.data(), s.bytes.size()), &file);
        end = align_up<std::size_t>(end + s.bytes.size(), kAlign);
    }
    uint8_t* p = file.data();
    std::memcpy(p, layout::kMagic, sizeof layout::kMagic);
    store(p + layout::kVersionAt, kVersion);
    store(p + kFileSizeAt, static_cast<uint32_t>(end));
    store(p + kHeadSizeAt, static_cast<uint32_t>(head));
    store(p + kTensorsCrcAt, crc32c(tensors.data(), tensors.size()));
    store(p + kWindowAt, model.window);
    store(p + kConfigCountAt, static_cast<uint16_t>(given));
    store(p + kEntriesAt, static_cast<uint16_t>(sections.size()));
    append(crc32c(file.data(), file.size()), &file);

    file.insert(file.end(), tensors.begin(), tensors.end());
    for (const ExtraSection& s : sections) {
        file.insert(file.end(), s.bytes.begin(), s.bytes.end());
        pad(kAlign, &file);
    }
    return file;
}

}  // namespace atome
