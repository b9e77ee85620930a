// minstret counts instructions, and does so exactly under QEMU's -icount.
#include "mcu/port/port.h"

namespace {

uint64_t began = 0;

uint32_t low() {
    uint32_t v;
    asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop" : "=r"(v));
    return v;
}
uint32_t high() {
    uint32_t v;
    asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstreth\n.option pop" : "=r"(v));
    return v;
}
uint64_t now() {
    for (;;) {
        const uint32_t before = high(), rest = low();
        if (high() == before) return static_cast<uint64_t>(before) << 32 | rest;
    }
}

}  // namespace

namespace port {

void start_counting() { began = now(); }
uint64_t instructions() { return now() - began; }

}  // namespace port
