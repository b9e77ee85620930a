/* Atome for firmware: a tiny language model on a microcontroller.
 *
 * This header is the manual. C11 and C++. No heap, no operating system, no static state: everything lives in
 * memory that you give, so any number of models and streams run side by side. No function is reentrant on
 * the same atome_engine; different engines are independent, also from interrupts.
 *
 *     static const unsigned char blob[] = ...;              // `atome export MODEL --out F --c-header F.h`
 *     static _Alignas(16) unsigned char arena[52 * 1024];   // atome_arena_size() says how much
 *
 *     atome_model model;
 *     atome_error error;
 *     if (atome_open(&model, blob, sizeof blob, &error)) stop(error.text);
 *     atome_engine* engine = atome_init(&model, 32, arena, sizeof arena, &error);
 *     if (!engine) stop(error.text);
 *     atome_generate(engine, (const unsigned char*)"Once", 4, 100, NULL, put_byte, NULL, NULL);
 *
 * The numbers are those of every other Atome target, bit for bit: build with -ffp-contract=off and without
 * -ffast-math, and leave the FPU at its defaults (round to nearest, no flush to zero).
 *
 * Text and tokens: a model reads and writes tokens, indices below V. What they stand for is the model's, and
 * atome_info.pairs says which: 0, each token is the byte of its value; 1, each is a string of 1 to 16 bytes, and
 * V is 256. Then token 0 is the escape: the token behind it is the value of a byte, so that any text can be
 * written. What takes a text or gives one (atome_read, atome_generate, atome_self_test) counts bytes, whatever
 * the tokens are, and does all that is needed; only who calls atome_step deals with tokens, and
 * atome_encode and atome_token_text translate.
 *
 * Letters: V vocabulary (tokens, at most 256), D d_model, L layers, H d_head, K convolution taps,
 * P pathways that are on (at most 3), W attention window, k top-k.
 */
#ifndef ATOME_H_INCLUDED
#define ATOME_H_INCLUDED

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ------------------------------------------------------------------------------------------ */

/* 0 is success. A function that fails changes nothing but what its comment says. */
typedef enum atome_code {
    ATOME_OK = 0,
    ATOME_BAD_CONFIG = 1,      /* the model's dimensions are out of range */
    ATOME_BAD_FILE = 2,        /* the blob is damaged or is no .atome file; the text names the byte */
    ATOME_UNSUPPORTED = 3,     /* well formed, but not for this build */
    ATOME_BAD_ALIGNMENT = 4,   /* blob or arena do not start at a multiple of 16 */
    ATOME_ARENA_TOO_SMALL = 5, /* the text says how many bytes are needed */
    ATOME_BAD_ARGUMENT = 6,    /* token, window, temperature... out of range, or a null pointer */
    ATOME_NOT_FINITE = 7,      /* the model holds NaN or infinity, or a step passed the largest float */
    ATOME_WRONG_DIGEST = 100,  /* atome_self_test: this build does not compute what others compute */
    ATOME_STOPPED = 101,       /* atome_generate: your sink asked to stop */
    ATOME_UNSURE = 102         /* atome_generate_while_sure: the model is less sure than asked for */
} atome_code;

/* NULL is safe for every pointer of this header. An atome_error* may be NULL, which saves the 200 bytes, and
 * what else may be is said where it is; a NULL model, engine or buffer is an error where there is a code to
 * return, and otherwise gives what the comment says. */
typedef struct atome_error {
    atome_code code;
    char text[192]; /* one line, zero-terminated: what is wrong, where, and what would be right */
} atome_error;

/* ---- models ------------------------------------------------------------------------------------------ */

/* A view of a blob. Yours to place; copy it freely; nothing to free. */
typedef struct atome_model {
    uintptr_t opaque[16];
} atome_model;

/* Checks every byte of the .atome file (checksums, bounds, codes, no NaN) and keeps a pointer to it. Nothing is
 * copied: the blob may be in flash, must be aligned to 16 and must stay as it is while the model or an
 * engine made from it is used. Costs about 20 instructions a byte of blob, and up to 3 million where tokens are
 * strings; needs about 1.5 KB of stack. */
atome_code atome_open(atome_model* model, const void* blob, size_t size, atome_error* error);

typedef struct atome_info {
    uint32_t vocab_size;  /* V, 1..256: tokens are 0..V-1 */
    uint32_t d_model;     /* D */
    uint32_t n_layers;    /* L */
    uint32_t d_head;      /* H */
    uint32_t top_k;       /* k */
    uint32_t kernel_size; /* K */
    uint32_t d_ff;        /* F, 0: no feed-forward */
    uint32_t n_pathways;  /* P: how many of local, state, sparse are on, in this order */
    uint32_t disabled;    /* bit 0 local, bit 1 state, bit 2 sparse: off */
    uint32_t window;      /* the W that the file recommends, 0: none */
    uint32_t pairs;       /* 1: tokens are strings of bytes, 0: tokens are bytes */
    uint32_t n_tokens;    /* how many tokens stand for something: with pairs 2..256, else V */
} atome_info;

/* All zeros for NULL and for a model that atome_open has refused. */
atome_info atome_describe(const atome_model* model);

/* ---- the engine -------------------------------------------------------------------------------------- */

/* One stream of text through one model. Lives at the start of its arena. */
typedef struct atome_engine atome_engine;

/* Bytes of arena for attention over `window` positions, 1..65536. Exactly so many work, one less gives
 * ATOME_ARENA_TOO_SMALL. Mostly 4 * L * window * (D + H). 0 where there is no such arena: the window is out
 * of range, the model is NULL or was refused, or the bytes are more than a size_t can say (atome_init's text
 * then has the number). */
size_t atome_arena_size(const atome_model* model, uint32_t window);

/* Lays an engine out in `arena`, aligned to 16 and yours to keep until you no longer use the engine; the
 * model struct itself is copied. NULL on failure. */
atome_engine* atome_init(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                         atome_error* error);

/* The same with the fixed engine: whole numbers alone from the token to the text, int8 in the place of most floats. A
 * quarter of the memory, and where there is no FPU a fifteenth of the instructions and less. For models exported with
 * `atome export --engine fixed`, else ATOME_BAD_FILE. Its numbers are near those of atome_init, not equal to them, and
 * equal on every target whatever the compiler's options are. A program that calls only one of the two is linked with
 * only one of the engines. What is not said otherwise holds for both. */
size_t atome_fixed_arena_size(const atome_model* model, uint32_t window);
atome_engine* atome_init_fixed(const atome_model* model, uint32_t window, void* arena, size_t arena_size,
                               atome_error* error);

/* Forgets all text. NULL: does nothing. */
void atome_reset(atome_engine* engine);

/* Feeds one token, 0..V-1. The work is the same for every token, however long the stream: once `window`
 * positions have been seen, attention looks at the last `window` of them. ATOME_NOT_FINITE: a number passed
 * the largest float, which large weights can do; the stream ends there, at the same position on every target,
 * and each further step fails in the same way until atome_reset. Text that atome_read or atome_generate holds
 * back (below) comes behind such tokens. */
atome_code atome_step(atome_engine* engine, uint32_t token, atome_error* error);

/* atome_step in two parts, to abstain before the larger part of the price is paid: atome_advance does all but the
 * product with the unembedding (of a small model a third of the work and more), atome_predict does that. Both
 * together have the bits of atome_step.
 *
 *     atome_advance(engine, token, &error);
 *     if (atome_uncertainty(engine) > 0.8f) ask_someone_else();
 *     else if (!atome_predict(engine, &error)) use(atome_logits(engine));
 *
 * Between two advances there may be no prediction: so a prompt of tokens is read faster, too. Errors: those of
 * atome_step; of atome_predict ATOME_BAD_ARGUMENT before the first token. */
atome_code atome_advance(atome_engine* engine, uint32_t token, atome_error* error);
atome_code atome_predict(atome_engine* engine, atome_error* error);

/* The entropy of the last layer's router as a share of ln P, 0..1; 0 with one pathway and for NULL. Known without
 * the prediction. Of a model trained with `atome train --router-calibration` it says how unsure the prediction
 * will be; of another it is how evenly the pathways are mixed, and nothing more. `atome calibrate` measures which. */
float atome_uncertainty(const atome_engine* engine);

/* Results of the last step, in the arena, valid until the next; zeros before the first; meaningless after one
 * that failed with ATOME_NOT_FINITE. No engine (NULL): NULL or 0. Logits and router are floats or, of the fixed
 * engine, whole numbers; NULL: of the other one. */
const float* atome_logits(const atome_engine* engine);                 /* (V), of the last that was predicted */
const float* atome_router(const atome_engine* engine, uint32_t layer); /* (P), sums to 1; NULL: no such layer */
const int16_t* atome_fixed_logits(const atome_engine* engine); /* (V), log2 in 1/256; atome_generate overwrites them */
const uint16_t* atome_fixed_router(const atome_engine* engine, uint32_t layer); /* (P), in 1/32768 */
float atome_entropy(const atome_engine* engine, uint32_t layer);       /* of the router, nats, 0..ln P */
uint64_t atome_position(const atome_engine* engine);                   /* tokens fed since init or reset */

/* ---- text -------------------------------------------------------------------------------------------- */

/* Writes what a token stands for to out (16 bytes) and returns how many bytes that is: 0 for the escape, for a
 * token that stands for nothing, and where there is no such token or a pointer is NULL. */
uint32_t atome_token_text(const atome_model* model, uint32_t token, uint8_t* out);

/* Writes the tokens of a text to `tokens` and returns how many: never more than 2 * size, for which there must
 * be room. Nothing is held back: these are the tokens of `atome trace MODEL --text TEXT`. The work is up to 255
 * passes over the text. It may lie at the end of that room. 0 where there is less of it, where a model of bytes has no
 * such byte, and where a pointer is NULL. */
size_t atome_encode(const atome_model* model, const uint8_t* text, size_t size, uint8_t* tokens, size_t room);

/* Bytes of scratch for a text of so many. */
#define ATOME_READ_SCRATCH(size) (2 * ((size_t)(size) + 16))

/* Reads a text behind what there is so far. Its end may be the beginning of a longer token: so much, 16 bytes at
 * most, is held back, and goes before what is read next or decides what may be written next. Scratch is for
 * encoding, ATOME_READ_SCRATCH(size) bytes, and free again afterwards; a model of bytes needs none (NULL, 0). Of
 * a long text in pieces, each is encoded by itself, behind what the one before held back. */
atome_code atome_read(atome_engine* engine, const uint8_t* text, size_t size, uint8_t* scratch,
                      size_t scratch_size, atome_error* error);

typedef struct atome_sampling {
    float temperature; /* 0: always the most probable token; else 0.01..100 */
    uint32_t top_k;    /* choose among so many most probable tokens; 0: all; at most 256 */
    float top_p;       /* choose among the fewest most probable tokens that together reach p; 0 < p <= 1 */
    uint64_t seed;     /* same seed, same text, on every target */
} atome_sampling;

/* Bytes of the longest prompt of atome_generate and atome_self_test where tokens are strings: they encode it on
 * the stack. Give a longer one to atome_read, and then none. */
#define ATOME_PROMPT_MOST 96

/* Receives each new byte of text. Return 0 to go on, anything else to stop after this byte. */
typedef int (*atome_sink)(void* context, uint8_t byte);

/* Reads the prompt, then writes up to n bytes of text, each given to the sink and fed back. An empty prompt
 * continues the text; at position 0 it stands for a new line. sampling NULL: greedy. To go on later, call again
 * with an empty prompt and another seed: also where the n bytes or the sink end the text within a token.
 * Writes the same bytes as `atome generate` with the same model, window, prompt and sampling. Needs about 2 KB of
 * stack beside the sink's; no other function needs more. */
atome_code atome_generate(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, size_t n,
                          const atome_sampling* sampling, atome_sink sink, void* context, atome_error* error);

/* The same, but ends with ATOME_UNSURE before a token that the model is free to choose and where atome_uncertainty is
 * above `limit`, 0..1; 1: never. The text then ends with a whole token, and the prediction has not been paid for. To go
 * on all the same, call again with an empty prompt and another limit. */
atome_code atome_generate_while_sure(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, size_t n,
                                     const atome_sampling* sampling, float limit, atome_sink sink, void* context,
                                     atome_error* error);

/* The same into a buffer of n bytes. */
atome_code atome_generate_bytes(atome_engine* engine, const uint8_t* prompt, size_t prompt_size, uint8_t* out,
                                size_t n, const atome_sampling* sampling, atome_error* error);

/* ---- proof ------------------------------------------------------------------------------------------- */

/* Resets, feeds the tokens of the prompt (atome_encode), resets again, and compares a digest over the raw bits of
 * every logit, router weight and entropy with `expected`: what `atome trace MODEL --text PROMPT --window W` prints,
 * with `--engine fixed` for the fixed engine.
 * `got`, where not NULL, receives this build's digest. Where tokens are strings the prompt has at most
 * ATOME_PROMPT_MOST bytes. */
atome_code atome_self_test(atome_engine* engine, const uint8_t* prompt, size_t size, uint64_t expected,
                           uint64_t* got, atome_error* error);

#ifdef __cplusplus
}
#endif

#endif
