#include "atome/nn/soft_targets.h"

#include <algorithm>
#include <bitset>
#include <limits>

#include "atome/base/bytes.h"
#include "atome/base/math.h"

namespace atome {

namespace {

constexpr float kUnitsPerNat = 2048;
constexpr float kLeast = 1e-12f;  // what a byte without any probability left counts as when it is softened

}  // namespace

bool pack_soft_target(float* logits, uint32_t V, uint32_t kept, uint8_t* out) {
    if (!std::all_of(logits, logits + V, [](float x) { return is_finite(x); })) return false;
    float most = logits[0];
    for (uint32_t i = 1; i < V; i++) most = std::max(most, logits[i]);
    float sum = 0;
    for (uint32_t i = 0; i < V; i++) sum += exp(logits[i] - most);
    const float log_sum = most + log(sum);
    for (uint32_t k = 0; k < kept; k++) {
        const uint32_t best = static_cast<uint32_t>(std::max_element(logits, logits + V) - logits);
        const float units = (log_sum - logits[best]) * kUnitsPerNat + 0.5f;
        const uint16_t nats = static_cast<uint16_t>(std::clamp(units, 0.0f, 65535.0f));
        *out++ = static_cast<uint8_t>(best);
        *out++ = static_cast<uint8_t>(nats);
        *out++ = static_cast<uint8_t>(nats >> 8);
        logits[best] = -std::numeric_limits<float>::infinity();
    }
    return true;
}

bool is_soft_target(const uint8_t* record, uint32_t kept, uint32_t V) {
    std::bitset<256> seen;
    for (uint32_t k = 0; k < kept; k++, record += kSoftPair) {
        if (record[0] >= V || seen[record[0]]) return false;
        seen.set(record[0]);
    }
    return true;
}

void unpack_soft_target(const uint8_t* record, uint32_t kept, uint32_t V, float* out) {
    std::fill_n(out, V, -1.0f);
    float sum = 0;
    for (uint32_t k = 0; k < kept; k++, record += kSoftPair) {
        const uint32_t byte = record[0];
        out[byte] = exp(-static_cast<float>(record[1] | record[2] << 8) / kUnitsPerNat);
        sum += out[byte];
    }
    const float rest = kept < V ? std::max(0.0f, 1 - sum) / static_cast<float>(V - kept) : 0;
    const float total = sum + rest * static_cast<float>(V - kept);
    for (uint32_t i = 0; i < V; i++) out[i] = (out[i] < 0 ? rest : out[i]) / total;
}

void soften(float* p, uint32_t V, float temperature) {
    if (temperature == 1) return;
    float sum = 0;
    for (uint32_t i = 0; i < V; i++) {
        p[i] = exp(log(std::max(p[i], kLeast)) / temperature);
        sum += p[i];
    }
    for (uint32_t i = 0; i < V; i++) p[i] /= sum;
}

}  // namespace atome
