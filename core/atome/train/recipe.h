// What a fresh run starts from where nothing is said: `atome train`, the page and the npm package alike.
#pragma once

#include "atome/model/config.h"
#include "atome/train/options.h"

namespace atome {

// The routed model that learns most in the first minutes; Config{} is the published block. Its recipe is
// TrainOptions{}. How both were found is in checkpoints/RESULTS.md.
Config recommended_model();

// The published kit's recipe, which goes with Config{}: AdamW at 3e-4, constant, PyTorch's defaults, chunks,
// no clipping.
TrainOptions published_recipe();

}  // namespace atome
