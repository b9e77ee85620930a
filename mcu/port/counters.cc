// SysTick as a counter of instructions. Under QEMU's -icount shift=0 every instruction takes one nanosecond
// of virtual time, and SysTick runs at the board's clock, which is another for each board: 25 MHz (one tick
// every 40 instructions) on mps2-an385. A loop of known length tells how many.
#include "mcu/port/port.h"

namespace {

volatile uint32_t& at(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

constexpr uint32_t kControl = 0xE000E010, kReload = 0xE000E014, kValue = 0xE000E018;
constexpr uint32_t kTop = 0xFFFFFF;
constexpr uint32_t kLoops = 2000000;  // of two instructions

uint32_t last = 0;
uint64_t ticks = 0;
uint64_t calibration = 1;  // ticks for 2 * kLoops instructions

uint64_t read_ticks() {
    const uint32_t now = at(kValue);  // counts down
    ticks += (last - now) & kTop;
    last = now;
    return ticks;
}

}  // namespace

namespace port {

void start_counting() {
    at(kReload) = kTop;
    at(kValue) = 0;
    at(kControl) = 5;  // the processor's clock, no interrupt
    while (at(kValue) == 0) {
    }
    last = at(kValue);
    const uint64_t before = read_ticks();
    uint32_t n = kLoops;
    asm volatile(
        ".syntax unified\n"
        "1: subs %0, %0, #1\n"
        "bne 1b"
        : "+l"(n)
        :
        : "cc");
    calibration = read_ticks() - before;
    ticks = 0;
}

uint64_t instructions() { return read_ticks() * (2 * kLoops) / calibration; }

}  // namespace port
