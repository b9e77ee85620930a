// Little-endian loads and stores at any alignment, and the few bit tricks on binary32 that every part
// needs. Header only, no libm: the infer part includes it too.
#pragma once

#include <stdint.h>
#include <string.h>

namespace atome {

// Every target is little-endian; f32 sections of a mapped file are used in place.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file formats are little-endian");

// `p` has sizeof(T) readable bytes.
template <class T>
T load(const uint8_t* p) {
    static_assert(__is_trivially_copyable(T), "bytes are copied");
    T v;
    memcpy(&v, p, sizeof v);
    return v;
}

// `p` has sizeof(T) writable bytes.
template <class T>
void store(uint8_t* p, T v) {
    static_assert(__is_trivially_copyable(T), "bytes are copied");
    memcpy(p, &v, sizeof v);
}

// std::bit_cast is missing from libc++ 13.
inline uint32_t bits_of(float v) {
    uint32_t b;
    memcpy(&b, &v, sizeof b);
    return b;
}
inline float float_of(uint32_t bits) {
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
inline bool is_finite(float v) { return (bits_of(v) & 0x7f800000u) != 0x7f800000u; }

// Next multiple of `step`, a power of two. The sum must not overflow.
template <class T>
constexpr T align_up(T n, T step) {
    return (n + step - 1) & ~(step - 1);
}

}  // namespace atome
