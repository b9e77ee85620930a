// One block of caller-provided memory, laid out by the same code that reports its size.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace atome {

// Hands out consecutive 16-byte aligned pieces. Constructed without memory it only counts, so a layout
// function run twice first tells the size and then places the pointers, and the two cannot disagree.
class Arena {
  public:
    static constexpr size_t alignment = 16;

    Arena() = default;
    explicit Arena(void* memory) : base_(static_cast<uint8_t*>(memory)) {}

    // Null while counting.
    template <class T>
    T* take(uint64_t count) {
        static_assert(alignof(T) <= alignment, "pieces start at multiples of 16");
        const uint64_t at = used_;
        used_ += (count * sizeof(T) + alignment - 1) / alignment * alignment;
        return base_ ? reinterpret_cast<T*>(base_ + static_cast<size_t>(at)) : nullptr;
    }
    // May be more than a size_t can say: on a chip, absurd windows must not wrap around to small sizes.
    uint64_t used() const { return used_; }

  private:
    uint8_t* base_ = nullptr;
    uint64_t used_ = 0;
};

}  // namespace atome
