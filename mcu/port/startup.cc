// From reset to main on a Cortex-M: vectors, memory, floating point, traps, a painted stack.
#include "mcu/port/port.h"

int main();

extern "C" {
// From sections.ld. Only their addresses mean anything.
extern uint32_t flash_begin[], flash_end[], data_begin[], data_end[], data_load[], bss_begin[], bss_end[],
    free_begin[], stack_low[], stack_high[];

[[noreturn]] void reset_handler();
void fault_handler();
[[noreturn]] void report_fault(const uint32_t* frame);
}

namespace {

constexpr uint32_t kPaint = 0xA7A7A7A7u;

[[maybe_unused]] volatile uint32_t& at(uint32_t address) {
    return *reinterpret_cast<volatile uint32_t*>(address);
}

}  // namespace

// ARMv7-M Architecture Reference Manual, B1.5.3: the stack, reset, then the exceptions. Every fault lands in
// one handler; no interrupt is ever enabled.
extern "C" __attribute__((section(".vectors"), used)) const void* const vectors[16] = {
    stack_high,
    reinterpret_cast<const void*>(reset_handler),
    reinterpret_cast<const void*>(fault_handler),
    reinterpret_cast<const void*>(fault_handler),
    reinterpret_cast<const void*>(fault_handler),
    reinterpret_cast<const void*>(fault_handler),
    reinterpret_cast<const void*>(fault_handler),
    reinterpret_cast<const void*>(fault_handler),
};

void reset_handler() {
    for (uint32_t *to = data_begin, *from = data_load; to < data_end;) *to++ = *from++;
    for (uint32_t* p = bss_begin; p < bss_end;) *p++ = 0;
    uint32_t* here;
    asm volatile("mov %0, sp" : "=r"(here));
    // Volatile: a call of memset would keep its return address in what it paints.
    for (volatile uint32_t* p = stack_low; p < here;) *p++ = kPaint;

#if __ARM_ARCH >= 7
    // CCR.UNALIGN_TRP: an unaligned access faults, as it always does on a Cortex-M0, so that code which is
    // wrong there is wrong here.
    at(0xE000ED14) = at(0xE000ED14) | 1u << 3;
#endif
#if defined(__ARM_FP)
    at(0xE000ED88) = at(0xE000ED88) | 0xFu << 20;  // CPACR: coprocessors 10 and 11, the FPU, for everyone
    asm volatile("dsb\n\tisb" ::: "memory");
    // FPSCR: round to nearest, keep subnormal numbers, keep NaN payloads. Reset may leave other values.
#if defined(__ARM_FEATURE_MVE)
    const uint32_t fpscr =
        4u << 16;  // LTPSIZE 4: vector instructions outside tail-predicated loops are whole
#else
    const uint32_t fpscr = 0;
#endif
    asm volatile("vmsr fpscr, %0" ::"r"(fpscr));
#endif
    port::exit(main());
}

// The processor has pushed r0-r3, r12, lr, pc and xpsr; sp is where they are.
__attribute__((naked)) void fault_handler() {
    asm volatile(
        "mov r0, sp\n"
        "ldr r1, =report_fault\n"
        "bx r1");
}

void report_fault(const uint32_t* frame) {
    port::print("fault at pc ");
    port::print_hex(frame[6]);
#if __ARM_ARCH >= 7
    port::print(" CFSR ");
    port::print_hex(at(0xE000ED28));
#endif
    port::print("\n");
    port::exit(3);
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
