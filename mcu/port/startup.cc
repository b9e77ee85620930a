// From reset to main on a Cortex-M: vectors, memory, floating point, traps, a painted stack.
#include "mcu/port/port.h"

int main();

extern "C" {
// From sections.ld. Only their addresses mean anything.
extern uint32_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[], stack_low[], stack_high[];

[[noreturn]] void reset_handler();
void fault_handler();
[[noreturn]] void report_fault(const uint32_t* frame);
}

namespace {

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
    for (volatile uint32_t* p = stack_low; p < here;) *p++ = port::kPaint;

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
