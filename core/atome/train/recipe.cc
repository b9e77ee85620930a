#include "atome/train/recipe.h"

namespace atome {

Config recommended_model() {
    Config c;
    c.d_model = 96;
    c.n_layers = 2;
    c.top_k = 16;
    c.d_ff = 256;
    c.quantizer = Quantizer::int4;
    c.gains = Gains::rows;
    c.state = StateDecay::selective;
    c.vectors = Vectors::bf16;
    return c;
}

TrainOptions published_recipe() {
    TrainOptions o;
    o.optimizer = OptimizerKind::adamw;
    o.lr = 3e-4f;
    o.schedule = Schedule::constant;
    o.warmup = 0;
    o.weight_decay = o.embedding_weight_decay = 0.01f;
    o.beta2 = 0.999f;
    o.eps = 1e-8f;
    o.clip = 0;
    o.router_calibration = 0;
    o.sampling = Sampling::chunks;
    o.tokenizer = Tokenizer::bytes;
    return o;
}

}  // namespace atome
