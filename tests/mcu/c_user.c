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

int c_read_and_generate(atome_engine* engine, const uint8_t* text, size_t size, size_t first, uint8_t* out,
                        size_t n) {
    uint8_t scratch[ATOME_READ_SCRATCH(200)];
    if (size > 200 || atome_read(engine, text, first, scratch, sizeof scratch, NULL)) return 0;
    if (atome_read(engine, text + first, size - first, scratch, sizeof scratch, NULL)) return 0;
    return atome_generate_bytes(engine, NULL, 0, out, n, NULL, NULL) == ATOME_OK;
}

size_t c_all_tokens(const atome_model* model, uint8_t* out) {
    size_t size = 0;
    const atome_info info = atome_describe(model);
    for (uint32_t token = 0; token < info.n_tokens; token++)
        size += atome_token_text(model, token, out + size);
    return size;
}
