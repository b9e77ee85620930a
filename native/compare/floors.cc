#include "native/compare/floors.h"

#include <lzma.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "atome/models/ngram/ngram.h"
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

NgramFloor ngram_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid, uint32_t seq,
                       uint32_t order) {
    NgramModel model;
    require(NgramModel::train(train, order, &model), "n-gram");
    const std::size_t chunk = std::min<std::size_t>(seq, valid.size());
    double bits = 0;
    std::size_t predictions = 0;
    for (std::size_t first = 0; first + chunk <= valid.size(); first += chunk) {
        for (std::size_t t = 1; t < chunk; t++, predictions++)
            bits -= std::log2(model.probability(valid.subspan(first, t), valid[first + t]));
    }
    return {bits / static_cast<double>(predictions), model.table_bytes()};
}

double xz_floor(std::span<const uint8_t> train, std::span<const uint8_t> valid) {
    std::vector<uint8_t> text(train.begin(), train.end());
    const std::size_t before = xz_size(text);
    text.insert(text.end(), valid.begin(), valid.end());
    const std::size_t both = xz_size(text);
    return (static_cast<double>(both) - static_cast<double>(before)) * 8 / static_cast<double>(valid.size());
}

}  // namespace atome::cli
