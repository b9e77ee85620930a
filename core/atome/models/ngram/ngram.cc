#include "atome/models/ngram/ngram.h"

#include <algorithm>

namespace atome {

Status NgramModel::train(std::span<const uint8_t> text, uint32_t order, NgramModel* out) {
    if (order > kMaxOrder)
        return Status::error(Code::bad_argument, "an order of ", order, ": use 0..", kMaxOrder);
    if (text.empty()) return Status::error(Code::bad_argument, "the text of an n-gram model is empty");
    if (text.size() > 0x7FFFFFFF)
        return Status::error(Code::bad_argument, "the text has ", text.size(), " bytes: use at most 2 GiB");
    std::vector<Level> levels(order + 1);
    std::vector<uint64_t> all;
    for (uint32_t length = 0; length <= order; length++) {
        all.clear();
        const uint64_t mask = (uint64_t{1} << (8 * (length + 1))) - 1;
        uint64_t key = 0;
        for (std::size_t i = 0; i < text.size(); i++) {
            key = (key << 8 | text[i]) & mask;
            if (i >= length) all.push_back(key);
        }
        std::sort(all.begin(), all.end());
        Level& level = levels[length];
        for (const uint64_t k : all) {
            if (level.keys.empty() || level.keys.back() != k) {
                level.keys.push_back(k);
                level.counts.push_back(0);
            }
            level.counts.back()++;
        }
    }
    out->levels_ = std::move(levels);
    return {};
}

double NgramModel::probability(std::span<const uint8_t> context, uint8_t next) const {
    double p = 1.0 / 256;
    uint64_t h = 0;  // the last `length` bytes of the context
    const std::size_t longest = std::min<std::size_t>(order(), context.size());
    for (std::size_t length = 0; length <= longest; length++) {
        if (length > 0) h |= uint64_t{context[context.size() - length]} << (8 * (length - 1));
        const Level& level = levels_[length];
        const auto first = std::lower_bound(level.keys.begin(), level.keys.end(), h << 8);
        uint64_t N = 0, T = 0, c = 0;
        for (auto it = first; it != level.keys.end() && *it >> 8 == h; ++it) {
            const uint32_t count = level.counts[static_cast<std::size_t>(it - level.keys.begin())];
            N += count;
            T++;
            if (static_cast<uint8_t>(*it) == next) c = count;
        }
        // A longer context that contains this one was not seen either.
        if (T == 0) break;
        p = (static_cast<double>(c) + static_cast<double>(T) * p) / static_cast<double>(N + T);
    }
    return p;
}

uint64_t NgramModel::pairs() const {
    uint64_t n = 0;
    for (const Level& level : levels_) n += level.keys.size();
    return n;
}

uint64_t NgramModel::contexts() const {
    uint64_t n = 0;
    for (const Level& level : levels_)
        for (std::size_t i = 0; i < level.keys.size(); i++)
            n += i == 0 || level.keys[i] >> 8 != level.keys[i - 1] >> 8;
    return n;
}

}  // namespace atome
