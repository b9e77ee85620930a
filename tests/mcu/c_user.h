#ifndef ATOME_TESTS_C_USER_H_INCLUDED
#define ATOME_TESTS_C_USER_H_INCLUDED

#include "mcu/atome.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Generates up to 20 bytes and stops after `stop_after`: how many came, 0 on any error. */
size_t c_generate(const void* blob, size_t blob_size, void* arena, size_t arena_size, size_t stop_after);

#ifdef __cplusplus
}
#endif

#endif
