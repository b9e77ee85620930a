// The routed model's configuration, its fields and their limits.
//
// Letters used in every comment of the core: B batch, T positions, D d_model, H d_head, V vocab_size,
// K kernel_size (conv taps), L n_layers, P active pathways, W attention window, k top_k, F d_ff.
#pragma once

#include <stdint.h>

#include "atome/base/status.h"
#include "atome/model/encodings.h"
#include "atome/model/fields.h"

namespace atome {

// The quantisers, as files name them; what they do is in quant/quantizers.h, one row each in the same order.
// The values are those of the file.
enum class Quantizer : uint8_t { ternary = 0, power3 = 1, power3_pr = 2, none = 3, int4 = 4 };
struct QuantizerInFiles {
    const char* name;
    Encoding encoding;  // of its codes
    bool trits;         // or trit2 and trit5, where all codes of a tensor are in -1..1
};
// Files of power3 codes that happen to be ternary were always read under any of the first four.
constexpr QuantizerInFiles kQuantizers[] = {{"ternary", Encoding::p3, true},
                                            {"power3", Encoding::p3, true},
                                            {"power3_pr", Encoding::p3, true},
                                            {"none", Encoding::p3, true},
                                            {"int4", Encoding::int4, false}};
constexpr uint32_t kQuantizerCount = sizeof kQuantizers / sizeof kQuantizers[0];
inline const QuantizerInFiles& in_files(Quantizer q) { return kQuantizers[static_cast<unsigned>(q)]; }
inline TextView name(Quantizer q) { return in_files(q).name; }
const char* quantizer_name(uint32_t i);  // as Choices has them
bool parse_quantizer(TextView text, Quantizer* out);
Text quantizer_choices();  // for messages and help: "ternary, power3, power3_pr, none or int4"

// The decay of the state space: one number a channel, or one that depends on the input (Gu and Dao 2023,
// arXiv:2312.00752). The values are those of the file.
enum class StateDecay : uint8_t { fixed = 0, selective = 1 };

// What numbers the vectors are: norms and those of the state. Training keeps float shadows of them as of
// matrices, and computes with what the file will hold.
enum class Vectors : uint8_t { f32 = 0, bf16 = 1 };
struct VectorsInFiles {
    const char* name;
    Encoding encoding;
};
constexpr VectorsInFiles kVectors[] = {{"f32", Encoding::f32}, {"bf16", Encoding::bf16}};
constexpr uint32_t kVectorsCount = sizeof kVectors / sizeof kVectors[0];
inline const VectorsInFiles& in_files(Vectors v) { return kVectors[static_cast<unsigned>(v)]; }
// What scales the rows of coded matrices beside their scales (gains.h). The values are those of the file.
enum class Gains : uint8_t { none = 0, rows = 1 };

// The order is that of the router's outputs.
enum class Pathway : uint8_t { local = 0, state = 1, sparse = 2 };
constexpr uint32_t kPathways = 3;
TextView name(Pathway p);
enum class TensorKind : uint8_t;  // tensors.h

struct Limits {
    static constexpr uint32_t vocab_size = 256;  // a token is one byte
    static constexpr uint32_t d_model = 4096;
    static constexpr uint32_t n_layers = 64;
    static constexpr uint32_t d_head = 1024;
    static constexpr uint32_t top_k = 64;
    static constexpr uint32_t kernel_size = 32;
    static constexpr uint32_t d_ff = 16384;
    static constexpr uint32_t window = 65536;
    static constexpr uint64_t parameters = 1u << 28;
};

// By default the published block. What a fresh model is where nothing is said: train/recipe.h.
struct Config {
    using Kind = TensorKind;
    uint32_t vocab_size = 256;  // V, 1..256
    uint32_t d_model = 64;      // D, 1..4096
    uint32_t n_layers = 4;      // L, 1..64
    uint32_t d_head = 16;       // H, 1..1024
    uint32_t top_k = 4;         // k, 1..64
    uint32_t d_ff = 0;          // F, 0..16384; 0: no feed-forward
    uint16_t kernel_size = 5;   // K, 1..32; of 16 bits, so that all of it is 32 bytes
    Quantizer quantizer = Quantizer::ternary;
    uint8_t disabled = 0;  // bit p set: Pathway p is off; at least one stays on
    Vectors vectors = Vectors::f32;
    Gains gains = Gains::none;
    StateDecay state = StateDecay::fixed;

    bool enabled(Pathway p) const { return (disabled >> static_cast<unsigned>(p) & 1u) == 0; }
    // Whether matrices have gains: a model of floats has no codes to scale.
    bool gained() const { return gains != Gains::none && quantizer != Quantizer::none; }
    // Whether there is a state space, and its decay depends on the input.
    bool selective() const { return state == StateDecay::selective && enabled(Pathway::state); }
    uint32_t active_pathways() const {  // P, 1..3
        return kPathways - (disabled & 1u) - (disabled >> 1 & 1u) - (disabled >> 2 & 1u);
    }
    bool operator==(const Config& other) const;  // of every field
};

// In the order of the config records of `.atome`.
ConfigFields<Config> fields(const Config&);

// ok, or one line naming the first field that is out of range.
Status validate(const Config& config);

// The token that starts a text: a new line, or token 0 where the vocabulary ends before it.
inline uint32_t first_token(uint32_t vocab_size) { return vocab_size > '\n' ? '\n' : 0; }

// A comma-separated list such as "local,state"; empty: none disabled.
Status parse_disabled(TextView text, uint8_t* out);

}  // namespace atome
