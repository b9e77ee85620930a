// Proves that an arena of more bytes than 32 bits can count is refused, whatever the caller says that it has:
// its size must not wrap around to a small one. Exits with 1 and a line that says what went wrong.
#include "mcu/atome.h"
#include "mcu/port/port.h"
#include "tests/parity/parity.h"

namespace {

constexpr uint8_t kPaint = 0xA5;
constexpr size_t kPainted = 4096;

[[noreturn]] void fail(const char* what, uint32_t window, size_t size) {
    port::print(what);
    port::print(": window ");
    port::print(uint64_t{window});
    port::print(", arena ");
    port::print(uint64_t{size});
    port::print("\n");
    port::exit(1);
}

void expect_refused(const atome_model& model, uint32_t window, size_t size) {
    uint8_t* memory = port::memory();
    for (size_t i = 0; i < kPainted; i++) memory[i] = kPaint;
    atome_error error = {};
    if (atome_init(&model, window, memory, size, &error)) fail("accepted", window, size);
    if (error.code != ATOME_ARENA_TOO_SMALL) fail(error.text, window, size);
    for (size_t i = 0; i < kPainted; i++)
        if (memory[i] != kPaint) fail("written to", window, size);
}

}  // namespace

int main() {
    const atome::parity::Case& c = atome::parity::wide_cases().cases[0];
    atome_model model;
    atome_error error;
    if (atome_open(&model, c.blob, c.blob_size, &error)) fail(error.text, 0, 0);
    const uint32_t windows[] = {65535, 65536};
    const size_t large[] = {kPainted, port::memory_size(), SIZE_MAX - 15, SIZE_MAX};
    for (const uint32_t window : windows) {
        if (const size_t size = atome_arena_size(&model, window)) fail("has a size", window, size);
        // Around the engine object, which is what a sum that wraps around leaves; the most that can be said.
        for (size_t size = 0; size <= 256; size++) expect_refused(model, window, size);
        for (const size_t size : large) expect_refused(model, window, size);
    }
    (void)atome_init(&model, 65536, port::memory(), 191, &error);
    port::print(error.text);
    port::print("\n");
    return 0;
}
