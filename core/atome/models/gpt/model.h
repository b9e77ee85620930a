// The baseline of our comparisons: a GPT, the published kit's "vanilla" transformer, with float weights or with
// the codes of a quantiser.
//
//     x = tok_embed[token] + pos_embed[position]                        (D)
//     for each of L blocks:
//         h = layernorm(x; norm1);  q, k, v = qkv h, cut into n_heads heads
//         x = x + out (softmax(q.k / sqrt(D / n_heads)) v)              over all positions so far
//         x = x + down gelu(up layernorm(x; norm2))                     exact GELU, by erf
//     logits = unembed layernorm(x; norm_final)                         (V)
//
// No biases but those of the norms, whose eps is 1e-5. In executable form: vanilla_forward() in
// tests/golden/oracle.py. After Radford et al. 2019 (GPT-2); GELU: Hendrycks and Gimpel, arXiv:1606.08415.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/status.h"
#include "atome/formats/model_tensors.h"
#include "atome/model/tensors.h"

namespace atome {

struct GptLimits {
    static constexpr uint32_t n_heads = 64;
    static constexpr uint32_t max_seq = 4096;
    // Of L * n_heads * max_seq^2: training keeps so many attention weights, four bytes each, per thread.
    static constexpr uint64_t attention = 1u << 28;
};

enum class GptTensorKind : uint8_t;

// The defaults are the published kit's baseline of 60,808 parameters. The other limits are those of Limits.
struct GptConfig {
    using Kind = GptTensorKind;
    uint32_t vocab_size = 256;  // V, 1..256
    uint32_t d_model = 44;      // D, 1..4096, a multiple of n_heads
    uint32_t n_layers = 3;      // L, 1..64
    uint32_t n_heads = 4;       // 1..64
    uint32_t d_ff = 44;         // F, 1..16384
    uint32_t max_seq = 64;      // positions known, 1..4096
    // Of matrices and embeddings. Codes are made in training and wherever the model is run; files hold floats.
    Quantizer quantizer = Quantizer::none;

    uint32_t d_head() const { return d_model / n_heads; }
    bool operator==(const GptConfig&) const = default;
};

ConfigFields<GptConfig> fields(const GptConfig&);

// ok, or one line naming the first field that is out of range.
Status validate(const GptConfig& config);

enum class GptTensorKind : uint8_t {
    tok_embed = 0,  // (V, D)
    pos_embed,      // (max_seq, D)
    norm1_gamma,    // (D)      per layer, as all down to ffn_down
    norm1_beta,     // (D)
    attn_qkv,       // (3 D, D) rows of q, then k, then v; in each, head after head
    attn_out,       // (D, D)
    norm2_gamma,    // (D)
    norm2_beta,     // (D)
    ffn_up,         // (F, D)
    ffn_down,       // (D, F)
    final_gamma,    // (D)
    final_beta,     // (D)
    unembed,        // (V, D)
};

using GptTensorSpec = BasicTensorSpec<GptTensorKind>;

TensorTable tensor_table(const GptConfig& config);
uint32_t extent(const GptConfig& config, Dim dim);
inline bool is_listed(const GptConfig&, const TensorRow&) { return true; }
inline bool is_active(const GptConfig&, Needs) { return true; }

struct GptModel {
    GptConfig config;
    std::vector<std::vector<float>> tensors;  // canonical order, row-major
    std::vector<uint8_t> vocabulary;          // as FloatModel's
};

// ok when every tensor has its size and is finite. Errors: bad_config, not_finite; the message names the
// tensor and the element.
Status check(const GptModel& model);

// Finds the weights by the names of tensor_name(), alone or all behind one prefix (see ModelTensors). The
// configuration comes from the metadata keys of fields(GptConfig); what is missing comes from the shapes, but
// for n_heads, which they do not tell. Other tensors are ignored.
// Errors: bad_file (a tensor missing, or of another shape or dtype), bad_config, not_finite.
Status read_gpt(const NamedTensors& file, GptModel* out);

// write_safetensors() for a GPT, with the kind "vanilla".
Status write_gpt_safetensors(const GptModel& model, const std::vector<ExtraTensor>& extra,
                             const Strings& metadata, std::vector<uint8_t>* out);

}  // namespace atome
