// Memory, for every core: what the compiler calls, and what images may use.
#include "mcu/port/port.h"

extern "C" {
// From sections.ld. Only their addresses mean anything.
extern uint32_t flash_begin[], flash_end[], data_begin[], data_end[], bss_begin[], bss_end[], free_begin[],
    stack_low[], stack_high[];
}

// The compiler calls these for loops and copies of its own. Bytes only: the C library's versions use
// unaligned words where the core allows them, and the trap above forbids that.
extern "C" {
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memcpy(void* to, const void* from,
                                                                           std::size_t n) {
    auto* a = static_cast<uint8_t*>(to);
    const auto* b = static_cast<const uint8_t*>(from);
    if (((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) & 3) == 0)
        for (; n >= 4; n -= 4, a += 4, b += 4)
            *reinterpret_cast<uint32_t*>(a) = *reinterpret_cast<const uint32_t*>(b);
    while (n--) *a++ = *b++;
    return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memmove(void* to, const void* from,
                                                                            std::size_t n) {
    auto* a = static_cast<uint8_t*>(to);
    const auto* b = static_cast<const uint8_t*>(from);
    if (a <= b) return memcpy(to, from, n);
    while (n--) a[n] = b[n];
    return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* to, int value,
                                                                           std::size_t n) {
    auto* a = static_cast<uint8_t*>(to);
    while (n--) *a++ = static_cast<uint8_t>(value);
    return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) int memcmp(const void* x, const void* y,
                                                                         std::size_t n) {
    const auto *a = static_cast<const uint8_t*>(x), *b = static_cast<const uint8_t*>(y);
    for (; n--; a++, b++)
        if (*a != *b) return *a - *b;
    return 0;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) std::size_t strlen(const char* s) {
    std::size_t n = 0;
    while (s[n]) n++;
    return n;
}
}

namespace port {

namespace {
std::size_t between(const void* begin, const void* end) {
    return reinterpret_cast<uintptr_t>(end) - reinterpret_cast<uintptr_t>(begin);
}
}  // namespace

uint8_t* memory() { return reinterpret_cast<uint8_t*>(free_begin); }
std::size_t memory_size() { return between(free_begin, stack_low); }
std::size_t static_bytes() { return between(data_begin, data_end) + between(bss_begin, bss_end); }
std::size_t flash_bytes() { return between(flash_begin, flash_end); }
std::size_t stack_size() { return between(stack_low, stack_high); }
std::size_t stack_high_water() {
    const uint32_t* p = stack_low;
    while (p < stack_high && *p == kPaint) p++;
    return between(p, stack_high);
}

}  // namespace port
