// Semihosting: the debugger (here QEMU) does the input and output. "Semihosting for AArch32 and AArch64",
// ARM-software/abi-aa; M-profile calls it by BKPT 0xAB, RISC-V ("RISC-V Semihosting", riscv-software-src) by
// three instructions that otherwise do nothing together.
#include "mcu/port/port.h"

namespace {

constexpr int kOpen = 0x01, kWrite = 0x05, kGetCommandLine = 0x15, kExitExtended = 0x20;

int call(int operation, const void* argument) {
#ifdef __riscv
    register int a0 asm("a0") = operation;
    register const void* a1 asm("a1") = argument;
    asm volatile(
        ".option push\n.option norvc\n.balign 16\n"
        "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
        : "+r"(a0)
        : "r"(a1)
        : "memory");
    return a0;
#else
    register int r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#endif
}

int standard_output() {
    static int handle = -1;
    if (handle < 0) {
        const uint32_t block[3] = {reinterpret_cast<uint32_t>(":tt"), 4, 3};  // mode 4, "w", is stdout
        handle = call(kOpen, block);
    }
    return handle;
}

}  // namespace

namespace port {

void write(const char* bytes, std::size_t n) {
    const uint32_t block[3] = {static_cast<uint32_t>(standard_output()), reinterpret_cast<uint32_t>(bytes),
                               n};
    call(kWrite, block);
}

void print(const char* text) {
    std::size_t n = 0;
    while (text[n]) n++;
    write(text, n);
}

void print(uint64_t number) {
    char digits[20];
    std::size_t first = sizeof digits;
    do {
        digits[--first] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    write(digits + first, sizeof digits - first);
}

void print_hex(uint64_t number) {
    char digits[16];
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15u];
    write(digits, sizeof digits);
}

void exit(int code) {
    const uint32_t block[2] = {0x20026, static_cast<uint32_t>(code)};  // ADP_Stopped_ApplicationExit
    call(kExitExtended, block);
    for (;;) {
    }
}

const char* command_line() {
    static char line[192];
    const uint32_t block[2] = {reinterpret_cast<uint32_t>(line), sizeof line};
    if (call(kGetCommandLine, block) != 0) return "";
    const char* p = line;
    while (*p && *p != ' ') p++;
    while (*p == ' ') p++;
    return p;
}

}  // namespace port
