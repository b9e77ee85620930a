// One block of caller-provided memory, laid out by the same code that reports its size.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/bytes.h"

namespace atome {

// Hands out consecutive 16-byte aligned pieces. Constructed without memory it only counts, so a layout
// function run twice first tells the size and then places the pointers, and the two cannot disagree.
class Arena {
  public:
    static constexpr size_t alignment = 16;

    Arena() = default;
    explicit Arena(void* memory) : base_(static_cast<uint8_t*>(memory)) {}
    // Counts for a machine whose pointers have another size than here.
    static Arena counting(uint32_t pointer_bytes) {
        Arena arena;
        arena.pointer_bytes_ = pointer_bytes;
        return arena;
    }
    uint64_t pointer_bytes() const { return pointer_bytes_; }

    // Null while counting. bytes_each: of a T on the machine counted for.
    template <class T>
    T* take(uint64_t count, uint64_t bytes_each = sizeof(T)) {
        static_assert(alignof(T) <= alignment, "pieces start at multiples of 16");
        const uint64_t at = used_;
        used_ += align_up<uint64_t>(count * bytes_each, alignment);
        return base_ ? reinterpret_cast<T*>(base_ + static_cast<size_t>(at)) : nullptr;
    }
    // May be more than a size_t can say: on a chip, absurd windows must not wrap around to small sizes.
    uint64_t used() const { return used_; }

  private:
    uint8_t* base_ = nullptr;
    uint32_t pointer_bytes_ = sizeof(void*);
    uint64_t used_ = 0;
};

// n elements from x on become 0: an arena's memory holds anything.
template <class T>
void fill_zero(T* x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = 0;
}

// new (Placement{p}) T: without <new>, which chips need not have.
struct Placement {
    void* at;
};

}  // namespace atome

inline void* operator new(size_t, atome::Placement place) noexcept { return place.at; }
inline void operator delete(void*, atome::Placement) noexcept {}
