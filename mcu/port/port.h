// What the images under mcu/images need from a board. semihosting.cc, startup.cc and counters.cc provide it
// for QEMU, for Cortex-M here and for RISC-V in riscv/; an image for a real board replaces these files and no
// other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace port {

// ---- semihosting.cc ----

void write(const char* bytes, std::size_t n);
void print(const char* text);
void print(uint64_t number);
void print_hex(uint64_t number);  // 16 digits
[[noreturn]] void exit(int code);
// What follows the image's name on the command line.
const char* command_line();

// ---- memory.cc, startup.cc ----

constexpr uint32_t kPaint = 0xA7A7A7A7u;  // a word of stack that was never used

// All RAM between .bss and the stack: what an image may use as arenas. Aligned to 16 bytes.
uint8_t* memory();
std::size_t memory_size();
// .data and .bss, in bytes.
std::size_t static_bytes();
// Everything in flash: vectors, code, constants, the initial values of .data.
std::size_t flash_bytes();
// The deepest that the stack has been since start-up, in bytes: it is painted before main.
std::size_t stack_high_water();
std::size_t stack_size();

// ---- counters.cc ----

// Instructions executed since start_counting(), under QEMU's -icount shift=0. Call it at least every 100
// million instructions: the counter below it has 24 bits.
void start_counting();
uint64_t instructions();

}  // namespace port
