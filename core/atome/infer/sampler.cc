#include "atome/infer/sampler.h"

namespace atome {

namespace {

// Heap sort of `order` (n) by descending probability, ties by ascending token: a total order, so every
// sort gives the same result; this one needs no stack and no library.
void sort_by_probability(const float* p, uint8_t* order, uint32_t n) {
    const auto after = [p](uint8_t a, uint8_t b) { return p[a] < p[b] || (p[a] == p[b] && a > b); };
    const auto sift = [&](uint32_t root, uint32_t end) {
        for (uint32_t child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && after(order[child + 1], order[child])) child++;
            if (!after(order[child], order[root])) return;
            const uint8_t t = order[root];
            order[root] = order[child];
            order[child] = t;
        }
    };
    for (uint32_t i = n / 2; i-- > 0;) sift(i, n);
    for (uint32_t end = n; end-- > 1;) {
        const uint8_t t = order[0];
        order[0] = order[end];
        order[end] = t;
        sift(0, end);
    }
}

}  // namespace

uint32_t Sampler::sample(float* x, uint32_t V) {
    if (options_.temperature == 0) return argmax(x, V);
    const float inv = 1.0f / options_.temperature;
    for (uint32_t i = 0; i < V; i++) x[i] *= inv;
    kernels_->softmax(x, V);

    // Candidates: bytes so improbable that all of them together cannot matter to top_p need no sorting.
    const bool cut = options_.top_p < 1 || (options_.top_k > 0 && options_.top_k < V);
    // kLeast is above what exp() gives for whatever is 87 below the largest: as good as 0, and never to be
    // chosen.
    constexpr float kLeast = 2e-38f;
    const float negligible = options_.top_p < 1 ? (1 - options_.top_p) / static_cast<float>(2 * V) : kLeast;
    uint8_t order[256];
    uint32_t n = 0;
    for (uint32_t i = 0; i < V; i++)
        if (x[i] > negligible) order[n++] = static_cast<uint8_t>(i);
    if (n == 0) return argmax(x, V);
    if (cut) {
        sort_by_probability(x, order, n);
        if (options_.top_k > 0 && options_.top_k < n) n = options_.top_k;
        if (options_.top_p < 1) {
            // top_p counts within what top_k has left.
            float all = 0;
            for (uint32_t i = 0; i < n; i++) all += x[order[i]];
            const float wanted = options_.top_p * (options_.top_k > 0 ? all : 1.0f);
            float mass = 0;
            uint32_t kept = 0;
            while (kept < n && mass < wanted) mass += x[order[kept++]];
            n = kept;
        }
    }
    float mass = 0;
    for (uint32_t i = 0; i < n; i++) mass += x[order[i]];
    float target = random_.uniform() * mass;
    for (uint32_t i = 0; i + 1 < n; i++) {
        target -= x[order[i]];
        if (target < 0) return order[i];
    }
    return order[n - 1];
}

}  // namespace atome
