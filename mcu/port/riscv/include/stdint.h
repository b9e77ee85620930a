// Debian's compiler for RISC-V comes without a C library, and has the types under another name.
#pragma once
#include <stdint-gcc.h>
