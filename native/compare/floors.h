// What costs no training: a byte n-gram model and a general compressor on the same two texts.
#pragma once

#include <cstdint>
#include <span>

namespace atome::cli {

struct NgramFloor {
    double valid_bpb = 0;
    uint64_t table_bytes = 0;  // see NgramModel::table_bytes()
};
// Counts `train`, then predicts `valid` as a network does: cut into chunks of `seq` bytes, each on its own
// with seq - 1 predictions and no context from before its start; an incomplete last chunk counts only where
// it is the only one. valid has at least 2 bytes. Throws Failure for an order that NgramModel refuses.
NgramFloor ngram_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid, uint32_t seq,
                       uint32_t order);

// Bits per byte that `xz -9e` needs for `valid` once it has seen `train`:
//     (size(xz(train + valid)) - size(xz(train))) * 8 / bytes(valid).
// Its context is all that came before, unlike a chunk's. Throws Failure where memory is short.
double xz_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid);

}  // namespace atome::cli
