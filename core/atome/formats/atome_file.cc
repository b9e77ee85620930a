#include "atome/formats/atome_file.h"

#include <cstring>
#include <string_view>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/formats/compact_file.h"
#include "atome/model/file_layout.h"
#include "atome/quant/coded_model.h"
#include "atome/quant/packing.h"

namespace atome {

namespace {

using namespace layout;

constexpr uint64_t kMaxFileSize = uint64_t{1} << 30;

void append_floats(const std::vector<float>& values, std::vector<uint8_t>* out) {
    for (float v : values) append(v, out);
}

void pad(std::vector<uint8_t>* out) { out->resize(align_up<std::size_t>(out->size(), kAlign), 0); }

struct Section {
    uint16_t kind = 0;
    uint16_t layer = 0;
    Encoding encoding = Encoding::f32;
    uint8_t flags = 0;
    uint32_t rows = 0;
    uint32_t cols = 0;
    float scale = 1.0f;
};

// Fills the directory entry of the section that starts at `begin` and ends where `out` does, pads it.
void close_section(const Section& s, std::size_t entry, std::size_t begin, std::vector<uint8_t>* out) {
    const std::size_t size = out->size() - begin;
    uint8_t* p = out->data() + entry;
    store(p + kKindAt, s.kind);
    store(p + kLayerAt, s.layer);
    p[kEncodingAt] = static_cast<uint8_t>(s.encoding);
    p[kFlagsAt] = s.flags;
    store(p + kOffsetAt, static_cast<uint32_t>(begin));
    store(p + kSizeAt, static_cast<uint32_t>(size));
    store(p + kRowsAt, s.rows);
    store(p + kColsAt, s.cols);
    store(p + kScaleAt, s.scale);
    store(p + kCrcAt, crc32c(out->data() + begin, size));
    pad(out);
}

void write_tensor(const CodedTensor& t, const TensorSpec& spec, Encoding encoding, std::size_t entry,
                  std::vector<uint8_t>* out) {
    const std::size_t begin = out->size();
    Section s{spec.row->id, static_cast<uint16_t>(spec.layer), encoding, 0, spec.rows, spec.cols, 1.0f};
    if (!t.coded()) {
        append_floats(t.values, out);
    } else {
        if (t.scales.size() == 1) {
            s.scale = t.scales[0];
        } else {
            s.flags = kRowScales;
            append_floats(t.scales, out);
            pad(out);
        }
        pack_codes(encoding, t.codes.data(), t.codes.size(), out);
    }
    close_section(s, entry, begin, out);
}

void write_config(const CodedModel& model, uint8_t* at) {
    for (const ConfigField<Config>& f : fields(model.config)) {
        if (f.version > kVersion) continue;
        store(at, f.get(model.config));
        at += 4;
    }
    store(at, model.window);
}

void write_header(uint32_t entries, std::vector<uint8_t>* out) {
    uint8_t* p = out->data();
    std::memcpy(p, kMagic, sizeof kMagic);
    store(p + kVersionAt, kVersion);
    store(p + kHeaderSizeAt, kHeaderSize);
    store(p + kFileSizeAt, static_cast<uint32_t>(out->size()));
    store(p + kConfigOffsetAt, kConfigOffset);
    store(p + kConfigSizeAt, kConfigSize);
    store(p + kDirectoryOffsetAt, kDirectoryOffset);
    store(p + kDirectoryCountAt, entries);
    store(p + kConfigCrcAt, crc32c(p + kConfigOffset, kConfigSize));
    store(p + kDirectoryCrcAt, crc32c(p + kDirectoryOffset, std::size_t{entries} * kEntrySize));
    store(p + kHeaderCrcAt, crc32c(p, kHeaderCrcAt));
}

// An upper bound on the file's size, so that nothing is allocated for a file that cannot be.
uint64_t size_bound(const CodedModel& model, const std::vector<ExtraSection>& extra) {
    uint64_t bound = kDirectoryOffset;
    for (const CodedTensor& t : model.tensors)
        bound += kEntrySize + 2 * kAlign + 4 * t.values.size() + 4 * t.scales.size() + t.codes.size();
    for (const ExtraSection& e : extra) bound += kEntrySize + kAlign + e.bytes.size();
    for (const auto* section : {&model.vocabulary, &model.fixed_plan})
        bound += kEntrySize + kAlign + section->size();
    return bound;
}

// What a vector is made of whose bytes must start at a multiple of 16.
struct alignas(kAlign) Block {
    uint8_t bytes[16];
};

}  // namespace

Status write_atome(const CodedModel& model, Encoding ternary_encoding, std::vector<uint8_t>* out,
                   const std::vector<ExtraSection>& extra) {
    if (ternary_encoding != Encoding::trit2 && ternary_encoding != Encoding::trit5)
        return Status::error(Code::bad_argument, "ternary encoding is ", static_cast<int>(ternary_encoding),
                             ": use trit2 (1) or trit5 (2)");
    for (const ExtraSection& e : extra)
        if (e.kind < kFirstOptionalKind)
            return Status::error(Code::bad_argument, "optional section of kind ", e.kind, ": use ",
                                 kFirstOptionalKind, "..65535");
    ATOME_TRY(check(model));
    if (const uint64_t bound = size_bound(model, extra); bound > kMaxFileSize)
        return Status::error(Code::out_of_memory, "the .atome file would have up to ", bound,
                             " bytes: at most ", kMaxFileSize);
    if (file_version(model.config) == compact::kVersion) {
        *out = compact_file(model, ternary_encoding, extra);
        return {};
    }
    uint32_t entries =
        static_cast<uint32_t>(extra.size()) + !model.vocabulary.empty() + !model.fixed_plan.empty();
    for (uint32_t i = 0; i < model.tensors.size(); i++) entries += tensor_spec(model.config, i).active;

    std::vector<uint8_t> file(kDirectoryOffset + std::size_t{entries} * kEntrySize, 0);
    std::size_t entry = kDirectoryOffset;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        if (!spec.active) continue;
        const CodedTensor& t = model.tensors[i];
        write_tensor(t, spec, matrix_encoding(t, model.config.quantizer, ternary_encoding), entry, &file);
        entry += kEntrySize;
    }
    const auto write_bytes = [&](uint16_t kind, const std::vector<uint8_t>& bytes) {
        const std::size_t begin = file.size();
        file.insert(file.end(), bytes.begin(), bytes.end());
        Section s;
        s.kind = kind;
        s.scale = 0.0f;
        close_section(s, entry, begin, &file);
        entry += kEntrySize;
    };
    if (!model.vocabulary.empty()) write_bytes(kVocabularyKind, model.vocabulary);
    if (!model.fixed_plan.empty()) write_bytes(kFixedKind, model.fixed_plan);
    for (const ExtraSection& e : extra) write_bytes(e.kind, e.bytes);
    write_config(model, file.data() + kConfigOffset);
    write_header(entries, &file);
    *out = std::move(file);
    return {};
}

Status read_atome(const uint8_t* data, std::size_t size, CodedModel* out) {
    std::vector<Block> aligned;
    if (reinterpret_cast<uintptr_t>(data) % kAlign != 0) {
        aligned.resize(size / sizeof(Block) + 1);
        std::memcpy(aligned.data(), data, size);
        data = aligned[0].bytes;
    }
    ModelView view;
    ATOME_TRY(ModelView::open(data, size, &view));
    CodedModel model;
    model.config = view.config();
    model.window = view.window();
    const Vocabulary& vocabulary = view.vocabulary();
    if (vocabulary) model.vocabulary.assign(vocabulary.data(), vocabulary.data() + vocabulary.size());
    uint32_t plan_size = 0;
    if (const uint8_t* plan = view.section(kFixedKind, &plan_size))
        model.fixed_plan.assign(plan, plan + plan_size);
    model.tensors.resize(tensor_count(model.config));
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        if (!spec.active) continue;
        const TensorView from = view.tensor(spec.kind, spec.layer);
        CodedTensor& t = model.tensors[i];
        const std::size_t n = static_cast<std::size_t>(spec.size());
        if (is_plain(from.encoding)) {
            for (std::size_t j = 0; j < n; j++) t.values.push_back(from.number(j));
            continue;
        }
        t.codes.resize(n);
        decode_codes(from.encoding, from.codes, 0, n, t.codes.data());
        if (from.row_scales != nullptr)
            t.scales.assign(from.row_scales, from.row_scales + from.rows);
        else
            t.scales = {from.scale};
    }
    *out = std::move(model);
    return {};
}

}  // namespace atome
