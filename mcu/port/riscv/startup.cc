// From reset to main on RV32: a stack that is painted, .bss, traps. The code lies in RAM, so that .data needs
// no copy.
#include "mcu/port/port.h"

int main();

extern "C" {
// From sections.ld. Only their addresses mean anything.
extern uint32_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[], stack_low[], stack_high[];
[[noreturn]] void begin();
[[noreturn]] void trap();
}

// The first instructions of the image.
extern "C" __attribute__((naked, section(".vectors"), used)) void reset_handler() {
    asm volatile(
        "la sp, stack_high\n"
        "la t0, trap_entry\n"
        ".option push\n.option arch, +zicsr\ncsrw mtvec, t0\n.option pop\n"
        "j begin\n"
        ".balign 4\n"
        "trap_entry: j trap");
}

void begin() {
    for (uint32_t *to = data_begin, *from = data_load; to < data_end && to != from;) *to++ = *from++;
    for (uint32_t* p = bss_begin; p < bss_end;) *p++ = 0;
    uint32_t* here;
    asm volatile("mv %0, sp" : "=r"(here));
    for (volatile uint32_t* p = stack_low; p < here;) *p++ = port::kPaint;
    port::exit(main());
}

void trap() {
    uint32_t pc, cause;
    asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, mepc\ncsrr %1, mcause\n.option pop"
                 : "=r"(pc), "=r"(cause));
    port::print("trap at pc ");
    port::print_hex(pc);
    port::print(" cause ");
    port::print_hex(cause);
    port::print("\n");
    port::exit(3);
}
