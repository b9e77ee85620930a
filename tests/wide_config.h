// A model whose arena passes 32 bits.
#pragma once

#include "atome/model/config.h"

namespace atome::test {

// Keys and values take 4 * L * W * (D + H) bytes: 2^32 at the largest window.
inline Config wide_config() {
    Config config;
    config.vocab_size = 2;
    config.d_model = 2;
    config.n_layers = 16;
    config.d_head = 1022;
    config.disabled = 3;
    return config;
}

}  // namespace atome::test
