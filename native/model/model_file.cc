#include "native/model/model_file.h"

#include <fmt/core.h>

#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/infer/fixed/registry.h"
#include "atome/infer/stream.h"
#include "atome/kernels/registry.h"
#include "atome/quant/coded_model.h"
#include "atome/tokens/encoder.h"
#include "native/cli/terminal.h"
#include "native/io/files.h"

namespace atome::cli {
namespace {

bool is_legacy(FileFormat format) {
    return format == FileFormat::atome01 || format == FileFormat::atome02 || format == FileFormat::atomep3;
}

}  // namespace

Option add_model_path(App& app, ModelOptions* options) {
    return app.add_option("MODEL", &options->path, "a model file of any format, told by its content")
        .type_name("");
}

Option add_model(App& app, ModelOptions* options, const std::string& top_k_name) {
    add_legacy_dimensions(app, &options->dimensions, top_k_name);
    return add_model_path(app, options);
}

ModelFile ModelFile::load(const ModelOptions& options) { return load(options, read_file(options.path)); }

ModelFile ModelFile::load(const ModelOptions& options, const std::vector<uint8_t>& bytes) {
    // The legacy formats store no top_k, so it alone leaves the rest to be deduced.
    ChosenFields but_top_k = options.dimensions;
    but_top_k.values.erase("top_k");
    const bool dimensions_known = but_top_k.any();
    const Config hint = options.dimensions.over(Config());
    require(validate(hint), "the dimensions given");
    ModelFile m;
    m.file_bytes_ = bytes.size();
    const Status status =
        load_model(bytes.data(), bytes.size(), dimensions_known ? &hint : nullptr, &m.loaded_);
    if (std::string_view(status.message()).ends_with(kAskDimensions))
        throw Failure(fmt::format("{}: {} (--d-model, --n-layers, --d-head)", options.path, status.message()),
                      status.code());
    require(status, options.path);
    if (is_legacy(m.format())) m.loaded_.coded.config.top_k = hint.top_k;
    if (options.quantizer) {
        if (!m.shadow())
            throw Failure(options.path +
                          ": holds codes, which cannot be quantised again (leave out --quantizer, or "
                          "give the float model)");
        m.loaded_.shadow->config.quantizer = *options.quantizer;
        require(quantise(*m.loaded_.shadow, &m.loaded_.coded), options.path);
    }
    m.open(options.path);
    return m;
}

ModelFile ModelFile::from(CodedModel coded, const std::string& where) {
    ModelFile m;
    m.loaded_.coded = std::move(coded);
    m.open(where);
    return m;
}

void ModelFile::open(const std::string& where) {
    // Two bits a code: unpacking them is fastest, and the engine unpacks once.
    std::vector<uint8_t> file;
    require(write_atome(loaded_.coded, Encoding::trit2, &file), where);
    bytes_ = AlignedBuffer::copy_of(file);
    require(ModelView::open(bytes_.data(), bytes_.size(), &view_), where);
}

namespace {

EngineOptions options_of(uint32_t window, const Kernels* kernels) {
    return {.window = window, .unpack = true, .kernels = kernels ? kernels : &best_kernels()};
}
FixedOptions options_of(uint32_t window, const FixedKernels* kernels) {
    return {.window = window, .kernels = kernels ? kernels : &best_fixed_kernels()};
}

template <class E, class... Arguments>
std::shared_ptr<Stream> shared(const Arguments&... arguments) {
    const auto runnable = std::make_shared<RunnableOf<E>>(arguments...);
    return {runnable, &runnable->stream()};
}

}  // namespace

template <class E>
RunnableOf<E>::RunnableOf(const ModelFile& model, uint32_t window, decltype(E::Options::kernels) kernels,
                          const std::string& where) {
    const typename E::Options options = options_of(window, kernels);
    const uint64_t size = stream_bytes(model.view(), options);
    if (size > kMaxArenaBytes)
        throw Failure(
            fmt::format("this model needs {} bytes of memory at a window of {}: use a smaller --window "
                        "(the limit is {} bytes)",
                        grouped(size), window, grouped(kMaxArenaBytes)));
    memory_ = AlignedBuffer(size);
    require(StreamOf<E>::create(model.view(), options, memory_.data(), memory_.size(), &stream_), where);
}
template class RunnableOf<Engine>;
template class RunnableOf<FixedEngine>;

const FixedKernels& fixed_kernels_of(const ModelOptions& options) {
    if (!options.kernels) return best_fixed_kernels();
    const FixedKernels* kernels = find_fixed_kernels(options.kernels->name);
    if (!kernels)
        throw Failure(fmt::format("--kernels {}: the fixed engine has none of this name: leave it out",
                                  options.kernels->name));
    return *kernels;
}

std::shared_ptr<Stream> open_stream(const ModelFile& model, const ModelOptions& options,
                                    std::optional<uint32_t> wanted, bool fixed) {
    const uint32_t window = wanted.value_or(model.window_or(256));
    if (!fixed) return shared<Engine>(model, window, options.kernels, options.path);
    return shared<FixedEngine>(model, window, &fixed_kernels_of(options), options.path);
}

Vocabulary vocabulary_of(const std::vector<uint8_t>& table) {
    Vocabulary vocabulary;
    require(Vocabulary::of(table.data(), table.size(), Vocabulary::kMostTokens, &vocabulary), "vocabulary");
    return vocabulary;
}

std::vector<uint8_t> tokens_of(std::string_view text, const Vocabulary& vocabulary, uint32_t vocab_size,
                               const std::string& where) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    if (!vocabulary) require(check_vocabulary(bytes, text.size(), vocab_size), where);
    std::vector<uint8_t> tokens;
    Encoder encoder(vocabulary);
    encoder.feed(bytes, text.size(), &tokens);
    encoder.finish(&tokens);
    return tokens;
}

std::string shown_token(const Vocabulary& vocabulary, uint32_t token) {
    uint8_t text[Vocabulary::kMostBytes];
    const uint32_t n = vocabulary.text(token, text);
    if (n == 0) return fmt::format("<{}>", token);
    return shown_text({reinterpret_cast<const char*>(text), n});
}

std::string shown_text(std::string_view text) {
    const std::size_t line_end = text.find('\n');
    if (line_end == text.npos) return printable(text);
    return printable(text.substr(0, line_end)) + "\\n" + shown_text(text.substr(line_end + 1));
}

std::string config_text(const Config& c) {
    std::string text = fmt::format("V {}, D {}, L {}, H {}, top-k {}, K {}", c.vocab_size, c.d_model,
                                   c.n_layers, c.d_head, c.top_k, c.kernel_size);
    if (c.d_ff > 0) text += fmt::format(", F {}", c.d_ff);
    text += fmt::format(", {}", name(c.quantizer));
    for (const ConfigField<Config>& f : fields(c))
        if (f.version > 1 && f.said(c)) text += fmt::format(", {} {}", f.name, field_text(f, c).view());
    for (const Pathway p : {Pathway::local, Pathway::state, Pathway::sparse})
        if (!c.enabled(p)) text += fmt::format(", no {}", name(p));
    return text;
}

}  // namespace atome::cli
