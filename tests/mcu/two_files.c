/* Firmware in small: a model, one of the engines, what it says.
 *
 *     two_files MODEL float|fixed WINDOW PROMPT     prints the digest of the prompt, then 64 bytes that follow it
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atome.h"

static int stop(const char* what, const atome_error* error) {
    fprintf(stderr, "%s: %s\n", what, error->text);
    return 1;
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    FILE* file = fopen(argv[1], "rb");
    if (!file) return 2;
    const size_t room = 1u << 20;
    unsigned char* blob = aligned_alloc(16, room);
    const size_t size = fread(blob, 1, room, file);
    fclose(file);

    const uint32_t window = (uint32_t)atoi(argv[3]);
    atome_model model;
    atome_error error;
    if (atome_open(&model, blob, size, &error)) return stop("atome_open", &error);
    size_t (*arena_size)(const atome_model*, uint32_t) = atome_fixed_arena_size;
    atome_engine* (*init)(const atome_model*, uint32_t, void*, size_t, atome_error*) = atome_init_fixed;
    if (strcmp(argv[2], "fixed") != 0) {
#ifdef ATOME_FIXED_ONLY
        return 2;
#else
        arena_size = atome_arena_size;
        init = atome_init;
#endif
    }
    const size_t bytes = arena_size(&model, window);
    void* arena = aligned_alloc(16, (bytes + 15) / 16 * 16);
    atome_engine* engine = init(&model, window, arena, bytes, &error);
    if (!engine) return stop("atome_init", &error);

    const uint8_t* prompt = (const uint8_t*)argv[4];
    uint64_t digest = 0;
    const atome_code code = atome_self_test(engine, prompt, strlen(argv[4]), 0, &digest, &error);
    if (code != ATOME_WRONG_DIGEST) return stop("atome_self_test", &error);
    printf("%016" PRIx64 "\n", digest);
    uint8_t text[64];
    if (atome_generate_bytes(engine, prompt, strlen(argv[4]), text, sizeof text, NULL, &error))
        return stop("atome_generate_bytes", &error);
    for (size_t i = 0; i < sizeof text; i++) printf("%02x", text[i]);
    printf("\n");
    free(arena);
    free(blob);
    return 0;
}
