// Proves that the alignment trap is armed: this image must end in the fault handler, with exit code 3.
#include "mcu/port/port.h"

int main() {
    alignas(4) static uint8_t bytes[8];
    uint32_t word;
    asm volatile("ldr %0, [%1]" : "=l"(word) : "l"(bytes + 1));
    port::print("no trap: an unaligned load passed\n");
    return 0;
}
