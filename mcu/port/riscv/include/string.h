// What the images use of <string.h>: Debian's compiler for RISC-V comes without a C library. memory.cc has the functions.
#pragma once

#include <stddef.h>
extern "C" {
void* memcpy(void* to, const void* from, size_t n);
void* memmove(void* to, const void* from, size_t n);
void* memset(void* to, int value, size_t n);
int memcmp(const void* a, const void* b, size_t n);
size_t strlen(const char* s);
}
