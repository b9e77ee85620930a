/* The header as C11 sees it. */
#include "tests/mcu/c_user.h"

typedef struct counter {
    size_t bytes;
    size_t stop_after;
} counter;

static int count(void* context, uint8_t byte) {
    counter* c = context;
    (void)byte;
    return ++c->bytes == c->stop_after;
}

size_t c_generate(const void* blob, size_t blob_size, void* arena, size_t arena_size, size_t stop_after) {
    atome_model model;
    atome_error error;
    counter c = {0, stop_after};
    if (atome_open(&model, blob, blob_size, &error) != ATOME_OK) return 0;
    atome_engine* engine = atome_init(&model, 8, arena, arena_size, &error);
    if (!engine) return 0;
    const atome_code code = atome_generate(engine, NULL, 0, 20, NULL, count, &c, &error);
    return code == ATOME_STOPPED || code == ATOME_OK ? c.bytes : 0;
}
