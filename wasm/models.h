// Models and streams as the page uses them, without a word of JavaScript.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "atome/formats/load.h"
#include "atome/infer/stream.h"
#include "atome/measure/measure.h"
#include "atome/measure/trace.h"

namespace atome::wasm {

// Bytes at multiples of 16, as models and arenas need them.
class AlignedBytes {
  public:
    AlignedBytes() = default;
    explicit AlignedBytes(std::size_t size) : blocks_((size + 15) / 16), size_(size) {}
    uint8_t* data() { return reinterpret_cast<uint8_t*>(blocks_.data()); }
    const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(blocks_.data()); }
    std::size_t size() const { return size_; }

  private:
    struct alignas(16) Block {
        uint8_t bytes[16];
    };
    std::vector<Block> blocks_;
    std::size_t size_ = 0;
};

// The largest file that is opened, and the most memory that an engine or a training run may ask for: what
// lies beyond is refused with a message instead of ending in an allocation that fails.
inline constexpr std::size_t kMaxFileBytes = std::size_t{32} << 20;
inline constexpr uint64_t kMaxMemoryBytes = uint64_t{768} << 20;

// A model of any format, and its `.atome` form opened in memory.
struct Model {
    FileFormat format = FileFormat::unknown;
    std::size_t file_bytes = 0;
    std::optional<FloatModel> shadow;  // the float weights, where there are any
    CodedModel coded;
    AlignedBytes bytes;
    ModelView view;
    // The same with a plan of the fixed engine: made when one without is first asked for that engine.
    mutable std::shared_ptr<const Model> planned;

    const Config& config() const { return view.config(); }
    const Vocabulary& vocabulary() const { return view.vocabulary(); }
    uint32_t window_or(uint32_t otherwise) const { return view.window() ? view.window() : otherwise; }
};

// hint: the configuration of legacy files; deduced unless dimensions_known. They store no top_k, so that one
// always counts. Errors: those of load_model; out_of_memory for a file beyond kMaxFileBytes.
Status open_model(const std::vector<uint8_t>& file, const Config& hint, bool dimensions_known,
                  std::unique_ptr<Model>* out);
// From codes in memory.
Status model_of_codes(CodedModel coded, std::unique_ptr<Model>* out);
// Quantises float weights.
Status model_from(FloatModel shadow, std::unique_ptr<Model>* out);
// The same model with only some of its active pathways: the router's softmax runs over those that are left,
// and with just one left that one is forced. keep: bit p for Pathway p. Errors: bad_argument when none of
// the model's pathways is kept, unsupported for a router that is neither coded nor float.
Status keep_pathways(const Model& model, uint8_t keep, std::unique_ptr<Model>* out);

// Where the codes or numbers of each tensor of the canonical list start in a `.atome` file of the model; 0
// for inactive ones. Errors: those of write_atome.
Status tensor_offsets(const Model& m, Encoding ternary, std::vector<uint32_t>* out);

// How often each code of a tensor occurs.
class CodeCounts {
  public:
    static constexpr int kMost = 9;  // codes are -9..9

    explicit CodeCounts(const std::vector<int8_t>& codes) : total_(codes.size()) {
        for (const int8_t code : codes) counts_[code + kMost]++;
    }
    uint32_t operator[](int code) const { return counts_[code + kMost]; }
    std::size_t total() const { return total_; }

  private:
    uint32_t counts_[2 * kMost + 1] = {};
    std::size_t total_;
};

// The model for the fixed engine: with a plan, of a text of its own where the file has none. Errors: those of
// plan_of_own_text().
Status with_fixed_plan(const std::shared_ptr<const Model>& model, std::shared_ptr<const Model>* out);

// Which engine runs a model, and how far attention sees.
struct EngineChoice {
    bool fixed = false;
    uint32_t window = 0;  // 0: the model's, else 256
};

// What a stream wrote.
struct Written {
    std::vector<uint8_t> text;    // (n)
    std::vector<uint8_t> tokens;  // (T)  those that the stream has seen: all but one that the end cuts
    std::vector<float> nats;      // (T)  -ln of each token's probability at temperature 1
    Routing routing;              // of T positions
    bool unsure = false;          // ended before n bytes, where the stream was unsure(limit)
};

// A stream with its memory.
class OpenStream {
  public:
    static Status open(std::shared_ptr<const Model> model, const EngineChoice& choice,
                       std::unique_ptr<OpenStream>* out);

    Stream& stream() { return *stream_; }
    uint32_t window() const { return window_; }
    // Reads a text behind what there is; its end may be held back. tokens: those that were fed.
    Status read(const std::vector<uint8_t>& text, std::vector<uint8_t>* tokens);
    // Writes n bytes of text, fewer where the stream is unsure(most_unsure), or with n = 0 a single token
    // whatever its length.
    Status write(uint32_t n, float most_unsure, Written* out);
    // Of the current position, which must have been predicted: (V), nats; and their softmax.
    void logits(float* out) const;
    std::vector<float> logits() const;
    std::vector<float> probabilities() const;

    float limit = 1;  // 0..1: where generate() stops; see Stream::unsure()

  private:
    std::shared_ptr<const Model> model_;
    AlignedBytes memory_;
    Stream* stream_ = nullptr;
    uint32_t window_ = 0;
};

struct ModelTrace : Trace {
    std::vector<float> nats;       // (T)  loss of the token that came next; 0 for the last one
    std::vector<float> predicted;  // (T)  entropy of the distribution of the next token
    uint32_t window = 0;
};
// The tokens of a text. Errors: bad_argument for a byte outside the vocabulary of a model of bytes.
Status encode(const Model& model, const std::vector<uint8_t>& text, std::vector<uint8_t>* tokens);

// What a model predicts over a text: all of it but the first byte, which is encoded by itself, so that models
// of any vocabulary predict the same bytes.
struct TextPositions : Positions {
    std::vector<uint8_t> tokens;  // (N)  that came
    std::vector<uint8_t> bytes;   // (N)  of text that each of them stands for
};
Status measure_text(std::shared_ptr<const Model> model, const std::vector<uint8_t>& text, uint32_t window,
                    TextPositions* out);

// choice.window 0: all positions, the full forward pass.
Status trace(std::shared_ptr<const Model> model, const std::vector<uint8_t>& tokens,
             const EngineChoice& choice, uint32_t greedy, ModelTrace* out);

// Bytes in one of the formats "atome", "atome01", "atome02", "atomep3", "safetensors"; "atome" packs ternary
// codes as trit2 or trit5.
Status export_model(const Model& model, std::string_view format, Encoding trits, std::vector<uint8_t>* out);

}  // namespace atome::wasm
