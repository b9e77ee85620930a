// A vector of ATOME_LANES floats by the compiler's vector extensions, and loops over it. Compiled once for
// each instruction set, in a namespace of its own, ATOME_ISA. The file of an instruction set defines the two,
// includes this, defines what intrinsics do better (GCC 12 builds element-wise code from plain C++):
//   F splat(float x)                            x in every lane
//   F load(const int8_t* at)                    kLanes codes as floats
//   uint32_t above_mask(F x, F threshold)       bit i is set where lane i is above
//   kTileRows, kTileVectors                     gemm's register tile
//   struct Fused                                add_product by FMA, where there is one (train_bodies.h)
// and includes the bodies. Nothing here or there may call a function that is shared with other translation
// units, such as a template of the standard library: see math.h.
#include <cstddef>
#include <cstdint>

#include "atome/base/math.h"
#include "atome/kernels/kernels.h"

namespace atome::ATOME_ISA {
namespace {

constexpr int kLanes = ATOME_LANES;
constexpr int kVectors = static_cast<int>(kPanel) / kLanes;  // vectors in a panel of 16

typedef float F __attribute__((vector_size(4 * ATOME_LANES)));
typedef int32_t I __attribute__((vector_size(4 * ATOME_LANES)));

// The integers of the shape of V, which is F or float.
template <class V>
struct IntegersOf {
    typedef I Type;
};
template <>
struct IntegersOf<float> {
    typedef int32_t Type;
};
template <class V>
using IntegerOf = typename IntegersOf<V>::Type;

template <class V = F>
ATOME_INLINE V load(const float* at) {
    V v;
    __builtin_memcpy(&v, at, sizeof v);
    return v;
}

template <class V>
ATOME_INLINE void store(float* at, V v) {
    __builtin_memcpy(at, &v, sizeof v);
}

// Calls body(V{}, i) for all i < n: in vectors, and by the same body at width 1 for what is left.
template <class Index, class Body>
ATOME_INLINE void for_lanes(Index n, Body body) {
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) body(F{}, i);
    for (; i < n; i++) body(float{}, i);
}

// The same for bodies that sum up: body(V{}, i, lane), where lane is i mod 16, known to the compiler for
// vectors.
template <class Index, class Body>
ATOME_INLINE void for_panels(Index n, Body body) {
    Index i = 0;
    for (; i + kPanel <= n; i += kPanel)
#pragma GCC unroll 4
        for (uint32_t lane = 0; lane < kPanel; lane += kLanes) body(F{}, i + lane, lane);
    for (; i < n; i++) body(float{}, i, static_cast<uint32_t>(i % kPanel));
}

// 16 strided partial sums in kVectors registers: element i belongs to partial i mod 16.
struct StridedSum {
    F partial[kVectors] = {};

    ATOME_INLINE_MEMBER void add(uint32_t lane, F values) { partial[lane / kLanes] += values; }
    ATOME_INLINE_MEMBER void add(uint32_t lane, float value) {
        partial[lane / kLanes][lane % kLanes] += value;
    }
    ATOME_INLINE_MEMBER float total() {
        float p[kPanel];
        __builtin_memcpy(p, partial, sizeof p);
        for (uint32_t half = kPanel / 2; half > 0; half /= 2)
            for (uint32_t i = 0; i < half; i++) p[i] += p[i + half];
        return p[0];
    }
};

}  // namespace
}  // namespace atome::ATOME_ISA
