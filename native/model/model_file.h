// Models from files, of any format, and engines that run them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "atome/formats/load.h"
#include "atome/infer/stream.h"
#include "native/cli/options.h"
#include "native/cli/output.h"
#include "native/io/aligned_buffer.h"

namespace atome::cli {

// What the user says about a model file.
struct ModelOptions {
    std::string path;
    ChosenFields dimensions;             // for legacy files; other formats ignore them
    std::optional<Quantizer> quantizer;  // instead of the model's own
    const Kernels* kernels = nullptr;    // null: the best
};

// Adds the positional MODEL.
Option add_model_path(App& app, ModelOptions* options);
// Adds the positional MODEL and the dimensions of legacy files. `top_k_name`: see add_legacy_dimensions.
Option add_model(App& app, ModelOptions* options, const std::string& top_k_name = "--top-k");

// A model of any format, and its `.atome` form opened in memory. Movable: the bytes stay where they are.
class ModelFile {
  public:
    // Throws Failure naming the file.
    static ModelFile load(const ModelOptions& options);
    // The same where the file's bytes are at hand.
    static ModelFile load(const ModelOptions& options, const std::vector<uint8_t>& bytes);
    // A model from memory; `where` names it in errors.
    static ModelFile from(CodedModel coded, const std::string& where);

    const ModelView& view() const { return view_; }
    const Config& config() const { return view_.config(); }
    FileFormat format() const { return loaded_.format; }
    const CodedModel& coded() const { return loaded_.coded; }
    // The float weights, null where the file holds codes.
    const FloatModel* shadow() const { return loaded_.shadow ? &*loaded_.shadow : nullptr; }
    std::size_t file_bytes() const { return file_bytes_; }
    // The window that the file recommends (its training length), or `otherwise`.
    uint32_t window_or(uint32_t otherwise) const { return view_.window() ? view_.window() : otherwise; }

  private:
    void open(const std::string& where);

    LoadedModel loaded_;
    std::size_t file_bytes_ = 0;
    AlignedBuffer bytes_;
    ModelView view_;
};

// 8 GiB: more is a slip of the finger in --window rather than a wish.
inline constexpr std::size_t kMaxArenaBytes = std::size_t{8} << 30;

// A stream of one of the engines with its memory, weights unpacked. Use from one thread; several may run the
// same ModelFile, which must outlive them.
template <class E>
class RunnableOf {
  public:
    // kernels: null for the best. Throws Failure when the memory would pass kMaxArenaBytes, and where the
    // model has no plan for the fixed engine; `where` names the model.
    RunnableOf(const ModelFile& model, uint32_t window, decltype(E::Options::kernels) kernels,
               const std::string& where = "engine");
    StreamOf<E>& stream() { return *stream_; }
    E& engine() { return stream_->engine(); }

  private:
    AlignedBuffer memory_;
    StreamOf<E>* stream_ = nullptr;
};
using RunnableModel = RunnableOf<Engine>;
using RunnableFixed = RunnableOf<FixedEngine>;

// The fixed engine's kernels that --kernels names, else the best. Throws Failure where it has none of that
// name.
const FixedKernels& fixed_kernels_of(const ModelOptions& options);

// One of them as what both are. window: the model's, else 256, where none is given. As RunnableOf.
std::shared_ptr<Stream> open_stream(const ModelFile& model, const ModelOptions& options,
                                    std::optional<uint32_t> window, bool fixed);

// Of a model's table, which must outlive it and is valid.
Vocabulary vocabulary_of(const std::vector<uint8_t>& table);
// The tokens of a text. Throws Failure for a byte that a model of bytes does not know; `where` names the
// text.
std::vector<uint8_t> tokens_of(std::string_view text, const Vocabulary& vocabulary, uint32_t vocab_size,
                               const std::string& where);

// A text of a few bytes on one line: new lines as \n, what else does not print as \xHH.
std::string shown_text(std::string_view text);
// A token's text so shown; <N> for a token without one.
std::string shown_token(const Vocabulary& vocabulary, uint32_t token);

template <class Config>
Json fields_json(const Config& config) {
    Json json;
    for (const ConfigField<Config>& f : fields(config)) {
        const uint32_t value = f.get(config);
        Json set = Json::array();
        if (f.is_set) each_choice(f.choice, value, [&set](const char* name) { set.push_back(name); });
        json[f.name] = f.is_set ? set : f.choice ? Json(f.choice(value)) : Json(value);
    }
    return json;
}
// {vocab_size, ... disable_pathways: [names]}
inline Json config_json(const Config& config) { return fields_json(config); }
// "V 256, D 64, L 4, H 16, top-k 4, K 5, ternary"
std::string config_text(const Config& config);

}  // namespace atome::cli
