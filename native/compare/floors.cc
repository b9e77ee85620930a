#include "native/compare/floors.h"

#include <lzma.h>

#include <algorithm>
#include <cmath>

#include "atome/models/ngram/ngram.h"
#include "atome/tokens/chunks.h"
#include "atome/tokens/encoder.h"
#include "atome/tokens/vocabulary.h"
#include "native/io/failure.h"

namespace atome::cli {
namespace {

std::size_t xz_size(const std::vector<uint8_t>& text) {
    std::vector<uint8_t> out(lzma_stream_buffer_bound(text.size()));
    std::size_t used = 0;
    const lzma_ret result = lzma_easy_buffer_encode(9 | LZMA_PRESET_EXTREME, LZMA_CHECK_CRC64, nullptr,
                                                    text.data(), text.size(), out.data(), &used, out.size());
    if (result == LZMA_MEM_ERROR) throw Failure("xz -9e: out of memory: it asks for about 700 MB");
    if (result != LZMA_OK)
        throw Failure("xz -9e: liblzma failed with code " + std::to_string(static_cast<int>(result)));
    return used;
}

}  // namespace

NgramFloor ngram_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid, uint32_t bytes,
                       uint32_t order, const std::vector<uint8_t>& table) {
    Vocabulary vocabulary;
    require(Vocabulary::of(table.data(), table.size(), Vocabulary::kMostTokens, &vocabulary), "n-gram");
    std::vector<uint8_t> tokens;
    Encoder encoder(vocabulary);
    encoder.feed(train.data(), train.size(), &tokens);
    encoder.finish(&tokens);
    NgramModel model;
    require(NgramModel::train(tokens, order, &model), "n-gram");
    const auto chunk = static_cast<uint32_t>(std::min<std::size_t>(bytes, valid.size()));
    const Chunks chunks(table, valid.data(), valid.size(), chunk);
    double bits = 0;
    for (std::size_t i = 0; i < chunks.size(); i++) {
        const Chunk c = chunks.at(i);
        for (uint32_t t = c.given; t < c.size; t++)
            bits -= std::log2(model.probability({c.tokens, t}, c.tokens[t]));
    }
    return {bits / static_cast<double>(chunks.size() * (chunk - 1)), model.table_bytes() + table.size(),
            static_cast<double>(train.size()) / static_cast<double>(tokens.size())};
}

double xz_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid) {
    std::vector<uint8_t> text(train.begin(), train.end());
    const std::size_t before = xz_size(text);
    text.insert(text.end(), valid.begin(), valid.end());
    const std::size_t both = xz_size(text);
    return (static_cast<double>(both) - static_cast<double>(before)) * 8 / static_cast<double>(valid.size());
}

}  // namespace atome::cli
