#include "atome/base/crc32c.h"

namespace atome {

namespace {

struct NibbleTable {
    uint32_t entry[16];
};

constexpr NibbleTable make_table(uint32_t polynomial) {
    NibbleTable t{};
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 4; bit++) c = (c & 1u) != 0 ? c >> 1 ^ polynomial : c >> 1;
        t.entry[i] = c;
    }
    return t;
}

constexpr NibbleTable kCastagnoli = make_table(0x82F63B78u);
constexpr NibbleTable kIeee = make_table(0xEDB88320u);

uint32_t run(const NibbleTable& table, const uint8_t* data, size_t size, uint32_t crc) {
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table.entry[crc & 15u];
        crc = crc >> 4 ^ table.entry[crc & 15u];
    }
    return ~crc;
}

}  // namespace

uint32_t crc32c(const uint8_t* data, size_t size, uint32_t crc) { return run(kCastagnoli, data, size, crc); }
uint32_t crc32(const uint8_t* data, size_t size, uint32_t crc) { return run(kIeee, data, size, crc); }

}  // namespace atome
