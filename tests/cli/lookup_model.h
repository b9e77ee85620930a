// A model whose answers are known: a table from the last byte to the next one's distribution and the
// router's.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "atome/deploy/fit.h"
#include "atome/formats/atome_file.h"
#include "tests/cli/run_atome.h"

namespace atome::test {

// Bytes 0..3. All pathways give zero, so that the model sees the last byte alone. After 0 it expects 1, after
// any other 2. `router` +1: the router is sure after 0 and not after the others; -1: the other way round.
// 0: always unsure. `sharpness` scales the logits; `layers` are all alike.
inline void write_lookup_model(const std::string& path, int8_t router, float sharpness = 2,
                               uint32_t layers = 2) {
    Config config;
    config.vocab_size = config.d_model = 4;
    config.n_layers = layers;
    config.d_head = config.kernel_size = config.top_k = 1;
    CodedModel model = blank_model(config);
    const auto tensor = [&](TensorKind kind, uint32_t layer) -> CodedTensor& {
        return model.tensors[tensor_index(config, kind, layer)];
    };
    for (uint32_t token = 0; token < 4; token++) tensor(TensorKind::embed, 0).codes[token * 4 + token] = 1;
    tensor(TensorKind::final_gamma, 0).values.assign(4, 1);
    for (uint32_t layer = 0; layer < layers; layer++) {
        tensor(TensorKind::norm_gamma, layer).values.assign(4, 1);
        tensor(TensorKind::router, layer).codes[0] = router;
        tensor(TensorKind::router, layer).scales[0] = 6;
    }
    // Normalised, a byte's embedding is large at its own place and a little negative elsewhere.
    tensor(TensorKind::unembed, 0).codes[1 * 4] = 1;
    tensor(TensorKind::unembed, 0).codes[2 * 4] = -1;
    tensor(TensorKind::unembed, 0).scales[0] = sharpness;
    std::vector<uint8_t> file;
    ASSERT_TRUE(write_atome(model, Encoding::trit2, &file).ok());
    write_bytes(path, file);
}

// A model that, greedy, says `cycle` over and over: distinct bytes, of any values. After a byte that is not
// in it, it says the first.
inline void write_cycle_model(const std::string& path, const std::string& cycle) {
    Config config;
    const auto n = static_cast<uint32_t>(cycle.size()), D = n + 1;  // a norm needs a second element
    config.d_model = D;
    config.n_layers = config.d_head = config.kernel_size = config.top_k = 1;
    CodedModel model = blank_model(config);
    const auto tensor = [&](TensorKind kind) -> CodedTensor& {
        return model.tensors[tensor_index(config, kind, 0)];
    };
    const auto byte = [&](uint32_t i) { return static_cast<unsigned char>(cycle[i % n]); };
    // Which byte of the cycle comes next stands in the embedding.
    for (uint32_t token = 0; token < config.vocab_size; token++)
        tensor(TensorKind::embed).codes[token * D] = 1;
    for (uint32_t i = 0; i < n; i++) {
        int8_t* row = &tensor(TensorKind::embed).codes[byte(i) * D];
        row[0] = 0;
        row[(i + 1) % n] = 1;
        tensor(TensorKind::unembed).codes[byte(i) * D + i] = 1;
    }
    tensor(TensorKind::norm_gamma).values.assign(D, 1);
    tensor(TensorKind::final_gamma).values.assign(D, 1);
    std::vector<uint8_t> file;
    ASSERT_TRUE(write_atome(model, Encoding::trit2, &file).ok());
    write_bytes(path, file);
}

}  // namespace atome::test
