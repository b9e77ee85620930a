// Options and configurations from JavaScript, and back.
#pragma once

#include "atome/infer/sampler.h"
#include "atome/train/options_table.h"
#include "wasm/js_values.h"
#include "wasm/models.h"

namespace atome::wasm {

// A list of names; bit p of the mask for Pathway p.
Status read_pathways(Fields& fields, const char* field, uint8_t* mask);
Status read_config(const val& object, Config* out);
Status read_train_options(const val& object, TrainOptions* out);
Status read_sampling(const val& object, SamplerOptions* out);
// The attention window among other options; 0 where it is left out.
Status read_window(const val& object, uint32_t* out);
// Whether `engine` is the fixed one; and with the window.
Status read_fixed(const val& object, bool* out);
Status read_engine(const val& object, EngineChoice* out);

// The shortest decimal that reads back as the same float: 0.01, not 0.009999999776.
double shortest(float x);
val to_js(const Config& c);
val choices_of(const ConfigField<Config>& field);
val to_js(const TrainOptions& o);

}  // namespace atome::wasm
