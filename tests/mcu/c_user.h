#ifndef ATOME_TESTS_C_USER_H_INCLUDED
#define ATOME_TESTS_C_USER_H_INCLUDED

#include "mcu/atome.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Generates up to 20 bytes and stops after `stop_after`: how many came, 0 on any error. */
size_t c_generate(const void* blob, size_t blob_size, void* arena, size_t arena_size, size_t stop_after);

/* Reads a text in two pieces, each encoded on this function's stack, and writes n bytes behind it: whether
 * there was no error. At most 200 bytes of text. */
int c_read_and_generate(atome_engine* engine, const uint8_t* text, size_t size, size_t first, uint8_t* out,
                        size_t n);

/* The text of all of the model's tokens, one behind the other, in out (4096); returns its size. */
size_t c_all_tokens(const atome_model* model, uint8_t* out);

#ifdef __cplusplus
}
#endif

#endif
