#include "atome/infer/fixed/arithmetic.h"
#include "atome/infer/fixed/sampler.h"

namespace atome {

using namespace fixed;

namespace {

// Of `order` (n) those with the largest weights, of equal ones the first, until what they have together
// reaches `wanted`, which all have; they keep their order. worth(weight): what one has. How many are left. No
// sort: the least weight that is kept is found from its highest bits on, by what those with each next bits
// have.
template <class Worth>
uint32_t keep_largest(const uint16_t* weights, uint8_t* order, uint32_t n, uint32_t wanted, Worth worth) {
    uint32_t least = 0, sum = 0;  // its bits so far; what those above have
    uint32_t shift = 16;
    constexpr uint8_t kBits[] = {6, 5, 5};
    for (const uint32_t bits : kBits) {
        uint32_t bins[64];
        for (uint32_t& bin : bins) bin = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t weight = weights[order[i]];
            if (weight >> shift == least)
                bins[weight >> (shift - bits) & ((1u << bits) - 1)] += worth(weight);
        }
        shift -= bits;
        uint32_t bin = (1u << bits) - 1;
        for (; bin > 0 && sum + bins[bin] < wanted; bin--) sum += bins[bin];
        least = least << bits | bin;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t weight = weights[order[i]];
        if (weight < least || (weight == least && sum >= wanted)) continue;
        if (weight == least) sum += worth(weight);
        order[kept++] = order[i];
    }
    return kept;
}

}  // namespace

FixedSampler::FixedSampler(const SamplerOptions& o)
    : top_k_(o.top_k), top_p_(static_cast<uint32_t>(o.top_p * kOne)), seed_(o.seed), random_(o.seed) {
    if (o.temperature == 0) return;
    // 16 bits of 1 / temperature, which is 0.01..100: the shift is 9..22.
    float inverse = 1 / o.temperature;
    while (inverse < 32768) {
        inverse *= 2;
        inverse_shift_++;
    }
    inverse_ = static_cast<uint32_t>(inverse);
    if (top_p_ == 0) top_p_ = 1;
}

uint32_t FixedSampler::sample(int16_t* logits, uint32_t V) {
    const uint32_t best = argmax(logits, V);
    if (inverse_ == 0 || logits[best] == kNever) return best;
    // First the logits less the least that there is, so that kNever is 0.
    auto* weights = reinterpret_cast<uint16_t*>(logits);
    uint8_t order[256];
    uint32_t n = 0;
    for (uint32_t i = 0; i < V; i++) {
        weights[i] = static_cast<uint16_t>(logits[i] - kNever);
        if (weights[i] > 0) order[n++] = static_cast<uint8_t>(i);
    }
    if (top_k_ > 0 && top_k_ < n) n = keep_largest(weights, order, n, top_k_, [](uint32_t) { return 1u; });
    const uint32_t most = weights[best], rest = n;
    uint32_t all = 0;  // 2^23 at most
    n = 0;
    for (uint32_t i = 0; i < rest; i++) {
        // 16 bits times 16, in Q(8 + inverse_shift_), to Q10; rounded down, which no one can tell. Of 16 and
        // more below the largest nothing is left.
        const uint32_t below = (most - weights[order[i]]) * inverse_ >> (inverse_shift_ - 2);
        const int32_t weight = below >= 16 << 10 ? 0 : exp2(-static_cast<int32_t>(below));
        weights[order[i]] = static_cast<uint16_t>(weight);
        if (weight == 0) continue;
        order[n++] = order[i];
        all += static_cast<uint32_t>(weight);
    }
    if (top_p_ < static_cast<uint32_t>(kOne)) {
        // all * top_p, rounded up, in two products that fit 32 bits.
        const uint32_t wanted = (all >> 15) * top_p_ + (((all & 0x7fff) * top_p_ + 0x7fff) >> 15);
        // So light that all of them together do not matter need not be looked at again and again.
        const uint32_t light = (all - wanted) / V;
        uint32_t heavy = 0;
        for (uint32_t i = 0; i < n; i++)
            if (weights[order[i]] > light) order[heavy++] = order[i];
        n = keep_largest(weights, order, heavy, wanted, [](uint32_t weight) { return weight; });
        all = 0;
        for (uint32_t i = 0; i < n; i++) all += weights[order[i]];
    }
    uint32_t target = random_.below(all);
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (target < weights[order[i]]) return order[i];
        target -= weights[order[i]];
    }
    return order[n - 1];
}

}  // namespace atome
