// Models with a vocabulary of pairs: learned from stories, with weights that are random.
#pragma once

#include <string>
#include <vector>

#include "atome/corpus/corpus.h"
#include "atome/model/model.h"
#include "atome/models/routed/initialise.h"
#include "atome/tokens/learn.h"

namespace atome::test {

inline std::vector<uint8_t> story_vocabulary(uint64_t seed) {
    const std::string story = corpus::write_stories(20'000, seed);
    return learn_vocabulary(reinterpret_cast<const uint8_t*>(story.data()), story.size(), MergeRule::words);
}

// config: vocab_size 256.
inline FloatModel pairs_model(const Config& config) {
    FloatModel model = initialise(config, config.d_model);
    model.vocabulary = story_vocabulary(config.d_model);
    return model;
}

inline Config small_pairs_config() {
    Config c;
    c.d_model = 16;
    c.n_layers = 2;
    c.d_head = 8;
    return c;
}

}  // namespace atome::test
