#include "atome/formats/legacy.h"

#include <algorithm>
#include <string>

#include "atome/base/bytes.h"
#include "atome/quant/coded_model.h"
#include "atome/quant/packing.h"

namespace atome {

namespace {

constexpr std::size_t kMagicSize = 7;
constexpr LegacyFormat kFormats[] = {LegacyFormat::atome01, LegacyFormat::atome02, LegacyFormat::atomep3};

Encoding encoding_of(LegacyFormat format) {
    switch (format) {
        case LegacyFormat::atome01:
            return Encoding::trit2;
        case LegacyFormat::atome02:
            return Encoding::trit5;
        default:
            return Encoding::p3;
    }
}

uint64_t tensor_bytes(LegacyFormat format, const TensorSpec& spec) {
    const std::size_t n = static_cast<std::size_t>(spec.size());
    return spec.coded ? 4 + packed_bytes(encoding_of(format), n) : 4 * n;
}

Status check_representable(const CodedModel& model, LegacyFormat format) {
    const auto refuse = [&](const auto&... pieces) {
        return Status::error(Code::unsupported, name(format), " cannot hold ", pieces..., ": use .atome");
    };
    if (model.config.d_ff > 0) return refuse("a feed-forward layer (d_ff ", model.config.d_ff, ")");
    if (!model.vocabulary.empty()) return refuse("a vocabulary of pairs");
    if (model.config.disabled != 0) return refuse("disabled pathways");
    if (model.config.gained()) return refuse("gains");
    if (model.config.state == StateDecay::selective) return refuse("a selective state");
    if (const Encoding wide = in_files(model.config.quantizer).encoding; wide != Encoding::p3)
        return refuse("codes ", with_encoding(wide, [](auto row) { return row.codes; }), " (quantizer ",
                      name(model.config.quantizer), ")");
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(model.config, i);
        const CodedTensor& t = model.tensors[i];
        const Text tensor = tensor_name(spec);
        if (!spec.coded) continue;
        if (!t.coded()) return refuse("the float matrix ", tensor.view());
        if (t.scales.size() != 1) return refuse("one scale a row (", tensor.view(), ")");
        const Encoding encoding = encoding_of(format);
        if (!std::all_of(t.codes.begin(), t.codes.end(), [&](int8_t c) { return holds(encoding, c); }))
            return refuse("codes +-3 and +-9 (", tensor.view(), ")");
    }
    return {};
}

// Reads one tensor at `p`, whose tensor_bytes() are there.
Status read_tensor(const uint8_t* data, std::size_t at, Encoding encoding, const TensorSpec& spec,
                   CodedTensor* out) {
    const Text tensor = tensor_name(spec);
    const std::size_t n = static_cast<std::size_t>(spec.size());
    std::vector<float>* floats = spec.coded ? &out->scales : &out->values;
    floats->resize(spec.coded ? 1 : n);
    for (std::size_t i = 0; i < floats->size(); i++) {
        (*floats)[i] = load<float>(data + at + 4 * i);
        if (!is_finite((*floats)[i]))
            return Status::error(Code::not_finite, "byte ", at + 4 * i, ": ", tensor.view(),
                                 spec.coded ? ": scale" : ": value", " is not finite");
    }
    if (!spec.coded) return {};
    if (!(out->scales[0] > 0.0f))
        return Status::error(Code::bad_file, "byte ", at, ": ", tensor.view(), ": scale is not above 0");
    const std::size_t bad = first_bad_code_byte(encoding, data + at + 4, n);
    if (bad != kAllCodesGood)
        return Status::error(Code::bad_file, "byte ", at + 4 + bad, ": ", tensor.view(),
                             ": invalid code or padding ", data[at + 4 + bad]);
    out->codes.resize(n);
    decode_codes(encoding, data + at + 4, 0, n, out->codes.data());
    return {};
}

Status read_known(const uint8_t* data, std::size_t size, LegacyFormat format, Config config,
                  CodedModel* out) {
    config.quantizer = format == LegacyFormat::atomep3 ? Quantizer::power3 : Quantizer::ternary;
    ATOME_TRY(validate(config));
    if (config.d_ff > 0 || config.disabled != 0 || config.gained())
        return Status::error(
            Code::bad_config, name(format),
            " files have no feed-forward, disabled pathways or gains: give a configuration without");
    if (config.state == StateDecay::selective)
        return Status::error(Code::bad_config, name(format), " files have no selective state: use fixed");
    const uint64_t expected = legacy_size(format, config);
    if (size != expected)
        return Status::error(Code::bad_file, name(format), " of vocab ", config.vocab_size, ", d_model ",
                             config.d_model, ", n_layers ", config.n_layers, ", d_head ", config.d_head,
                             ", kernel ", config.kernel_size, " has ", expected, " bytes: the file has ",
                             size, ", ", size < expected ? expected - size : size - expected,
                             size < expected ? " missing" : " too many");
    CodedModel model;
    model.config = config;
    model.tensors.resize(tensor_count(config));
    std::size_t at = kMagicSize;
    for (uint32_t i = 0; i < model.tensors.size(); i++) {
        const TensorSpec spec = tensor_spec(config, i);
        ATOME_TRY(read_tensor(data, at, encoding_of(format), spec, &model.tensors[i]));
        at += static_cast<std::size_t>(tensor_bytes(format, spec));
    }
    *out = std::move(model);
    return {};
}

// The usual configurations, of vocab 256 and kernel 5, whose file has exactly `size` bytes.
std::vector<Config> candidates(LegacyFormat format, std::size_t size) {
    std::vector<Config> found;
    for (uint32_t d = 8; d <= 1024; d += 8) {
        std::vector<uint32_t> heads = {d, d / 2, d / 4, d / 8, 8, 16, 32, 64, 128, 256, 512};
        std::sort(heads.begin(), heads.end());
        heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
        for (uint32_t h : heads) {
            Config c;
            c.d_model = d;
            c.d_head = h;
            c.n_layers = 1;
            // The size is a constant plus so many bytes a layer.
            const uint64_t one = legacy_size(format, c);
            c.n_layers = 2;
            const uint64_t layer = legacy_size(format, c) - one;
            if (size < one || (size - one) % layer != 0) continue;
            const uint64_t layers = 1 + (size - one) / layer;
            if (layers > Limits::n_layers) continue;
            c.n_layers = static_cast<uint32_t>(layers);
            if (validate(c).ok()) found.push_back(c);
        }
    }
    return found;
}

Status ambiguous(LegacyFormat format, std::size_t size, const std::vector<Config>& configs) {
    Text list;
    for (std::size_t i = 0; i < configs.size() && i < 3; i++) {
        if (i > 0) list.append(", ");
        list.append(int64_t{configs[i].d_model}).append("/").append(int64_t{configs[i].n_layers});
        list.append("/").append(int64_t{configs[i].d_head});
    }
    if (configs.size() > 3) list.append("...");
    return Status::error(Code::bad_file, name(format), " of ", size, " bytes may be d_model/n_layers/d_head ",
                         list.view(), ": ", kAskDimensions);
}

// Deduces and reads in one go: reading is how candidates of the same length are told apart, since bytes
// read at wrong places soon show an invalid code, or a scale that is none.
Status read_deduced(const uint8_t* data, std::size_t size, LegacyFormat format, CodedModel* out) {
    const std::vector<Config> fitting = candidates(format, size);
    if (fitting.empty())
        return Status::error(Code::bad_file, name(format),
                             ": no usual configuration of vocab 256, kernel 5 has ", size,
                             " bytes: ", kAskDimensions);
    std::vector<Config> readable;
    Status first_error;
    for (const Config& c : fitting) {
        CodedModel model;
        if (const Status s = read_known(data, size, format, c, &model); !s.ok()) {
            if (first_error.ok()) first_error = s;
            continue;
        }
        if (readable.empty()) *out = std::move(model);
        readable.push_back(c);
    }
    if (readable.size() == 1) return {};
    if (fitting.size() == 1)
        return Status::error(first_error.code(), "read as d_model ", fitting[0].d_model, ", n_layers ",
                             fitting[0].n_layers, ", d_head ", fitting[0].d_head, ": ", first_error.message(),
                             "; with other dimensions, ", kAskDimensions);
    return ambiguous(format, size, readable.empty() ? fitting : readable);
}

Status find_format(const uint8_t* data, std::size_t size, LegacyFormat* out) {
    if (detect_legacy(data, size, out)) return {};
    return Status::error(Code::bad_file, "byte 0: expected the magic ATOME01, ATOME02 or ATOMEP3");
}

}  // namespace

std::string_view name(LegacyFormat format) {
    constexpr std::string_view kNames[] = {"ATOME01", "ATOME02", "ATOMEP3"};
    return kNames[static_cast<unsigned>(format)];
}

uint64_t legacy_size(LegacyFormat format, const Config& config) {
    uint64_t size = kMagicSize;
    const uint32_t count = tensor_count(config);
    for (uint32_t i = 0; i < count; i++) size += tensor_bytes(format, tensor_spec(config, i));
    return size;
}

bool detect_legacy(const uint8_t* data, std::size_t size, LegacyFormat* out) {
    for (LegacyFormat f : kFormats) {
        if (size < kMagicSize || !std::equal(data, data + kMagicSize, name(f).begin())) continue;
        *out = f;
        return true;
    }
    return false;
}

Status write_legacy(const CodedModel& model, LegacyFormat format, std::vector<uint8_t>* out) {
    ATOME_TRY(check(model));
    ATOME_TRY(check_representable(model, format));
    const std::string_view magic = name(format);
    std::vector<uint8_t> file(magic.begin(), magic.end());
    file.reserve(static_cast<std::size_t>(legacy_size(format, model.config)));
    for (const CodedTensor& t : model.tensors) {
        for (float v : t.coded() ? t.scales : t.values) append(v, &file);
        if (t.coded()) pack_codes(encoding_of(format), t.codes.data(), t.codes.size(), &file);
    }
    *out = std::move(file);
    return {};
}

Status deduce_config(const uint8_t* data, std::size_t size, Config* out) {
    CodedModel model;
    ATOME_TRY(read_legacy(data, size, nullptr, &model));
    *out = model.config;
    return {};
}

Status read_legacy(const uint8_t* data, std::size_t size, const Config* known, CodedModel* out) {
    LegacyFormat format = LegacyFormat::atome01;
    ATOME_TRY(find_format(data, size, &format));
    return known != nullptr ? read_known(data, size, format, *known, out)
                            : read_deduced(data, size, format, out);
}

}  // namespace atome
