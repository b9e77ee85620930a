// Every number that a model gives for the positions of a text, recorded.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/infer/stream.h"

namespace atome {

// What the routers of T positions said.
struct Routing {
    std::vector<float> router;   // (L, T, P)
    std::vector<float> entropy;  // (L, T)  nats

    Routing() = default;
    Routing(const Config& config, std::size_t positions);
    // Of the stream's last step, as position t.
    void record(const Stream& stream, std::size_t t);
};

struct Trace {
    std::vector<uint8_t> tokens;  // (T)
    std::vector<float> logits;    // (T, V)
    Routing routing;
    std::vector<uint8_t> greedy;  // the most probable continuation
    uint64_t digest = 0;          // of infer/trace.h
};

// `stream` has seen nothing; tokens (T), T >= 1. Of the fixed engine the numbers are in the float engine's
// units. Errors: those of the engine's step(), with the position.
template <class E>
Status record_trace(StreamOf<E>& stream, std::vector<uint8_t> tokens, uint32_t greedy, Trace* out);

}  // namespace atome
