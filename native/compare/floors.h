// What costs no training: an n-gram model and a general compressor on the same two texts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace atome::cli {

struct NgramFloor {
    double valid_bpb = 0;
    uint64_t table_bytes = 0;    // see NgramModel::table_bytes(); with the vocabulary
    double bytes_per_token = 1;  // of `train`
};
// Counts the tokens of `train`, then predicts `valid` as a network does: cut into chunks of `bytes`, each
// encoded and predicted on its own, with no context from before its start, and all of it but its first byte;
// an incomplete last chunk counts only where it is the only one. vocabulary: a table that is valid, which
// counts as part of the model's tables; empty: tokens are bytes. `order` is in tokens. valid has at least 2
// bytes. Throws Failure for an order that NgramModel refuses.
NgramFloor ngram_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid, uint32_t bytes,
                       uint32_t order, const std::vector<uint8_t>& vocabulary = {});

// Bits per byte that `xz -9e` needs for `valid` once it has seen `train`:
//     (size(xz(train + valid)) - size(xz(train))) * 8 / bytes(valid).
// Its context is all that came before, unlike a chunk's. Throws Failure where memory is short.
double xz_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid);

}  // namespace atome::cli
