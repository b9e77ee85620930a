// What a training run is: sizes of the batches, optimiser, schedule, seed.
#pragma once

#include <cstdint>

#include "atome/base/status.h"
#include "atome/tokens/vocabulary.h"

namespace atome {

// constant: lr. cosine: from lr down to lr * final_lr along half a cosine. wsd (warm-up, stable, decay; Hu et
// al. 2024, arXiv:2404.06395): lr, then a straight line down to lr * final_lr over the last part of the run.
enum class Schedule : uint8_t { constant = 0, cosine = 1, wsd = 2 };

// windows: sequences start anywhere in the text and have seq predictions each. chunks: sequences are chunks
// number 0, 1, 2... of seq bytes, with seq - 1 predictions each, as the published kit draws them.
enum class Sampling : uint8_t { windows = 0, chunks = 1 };

// adamw: AdamW for every parameter. muon: Muon for the matrices, AdamW for the rest (optimizer.h).
enum class OptimizerKind : uint8_t { adamw = 0, muon = 1 };

// What a fresh model's tokens are: bytes, or pairs (tokens/vocabulary.h) of the training text. automatic:
// pairs where the text is long enough for them to pay.
enum class Tokenizer : uint8_t { automatic = 0, bytes = 1, pairs = 2 };

// Ranges, and what front ends say of each, are in options_table.cc. The defaults are the best found for a few
// thousand steps: coded weights want Muon, a high rate that falls to zero, a slow second moment and a long
// warm-up.
struct TrainOptions {
    uint32_t steps = 3000;
    uint32_t batch = 16;  // B, sequences a step
    uint32_t seq = 64;    // tokens of a sequence
    Tokenizer tokenizer = Tokenizer::automatic;
    MergeRule merges = MergeRule::words;  // of pairs
    Sampling sampling = Sampling::windows;
    float lr = 1e-2f;  // peak learning rate
    Schedule schedule = Schedule::cosine;
    uint32_t warmup = 300;     // steps over which lr rises linearly from 0; see default_warmup()
    float final_lr = 0.0f;     // of cosine and wsd, as a share of lr
    float decay_share = 0.3f;  // of wsd: the share of the steps that the decay takes
    OptimizerKind optimizer = OptimizerKind::muon;
    float weight_decay = 0.1f;  // of all but embeddings
    // Rows of bytes that never occur would shrink, and pull the scale that the whole matrix shares with them.
    float embedding_weight_decay = 0.0f;
    float embedding_lr = 1.0f;  // of embeddings, as a multiple of lr
    float vector_lr = 1.0f;     // of norms, gains and decays, as a multiple of lr
    float muon_momentum = 0.95f;
    float muon_rms = 0.4f;  // root mean square of a Muon update as a multiple of lr
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float eps = 1e-8f;
    float clip = 1.0f;                 // largest norm of all gradients together; 0: no clipping
    float teacher_alpha = 0.0f;        // share of the teacher in the loss; 0: no teacher
    float teacher_temperature = 1.0f;  // that softens teacher and student alike
    // Weight in the loss of the last router's entropy as a signal of uncertainty (network.h, RouterTargets):
    // the squared distance of its share of ln P to that of the prediction (nn/loss.h, uncertainty), mean over
    // tokens. 0: none. Models without two pathways have none. The loss reported stays the cross entropy.
    float router_calibration = 0.3f;
    uint64_t seed = 0;
    float valid_share = 0.1f;  // the share of the text, at its end, kept for validation
    uint32_t valid_seq = 0;    // bytes of a chunk of validation text; 0: seq

    // Bytes that are predicted together where the model is measured.
    uint32_t chunk() const { return valid_seq ? valid_seq : seq; }

    bool operator==(const TrainOptions&) const = default;
};

// The warm-up that goes with a number of steps: a tenth of them, at most 1000.
uint32_t default_warmup(uint32_t steps);

// ok, or one line naming the first option that is out of range.
Status validate(const TrainOptions& options);

// The learning rate of a step, 0-based.
float learning_rate(const TrainOptions& options, uint32_t step);

}  // namespace atome
