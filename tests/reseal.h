// `.atome` files with damage that no checksum shows.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/model/file_layout.h"

namespace atome::test {

// Makes every checksum right again, so that the rule behind it is what rejects a change.
inline void reseal(std::vector<uint8_t>* bytes) {
    using namespace layout;
    uint8_t* p = bytes->data();
    const uint32_t count = load<uint32_t>(p + kDirectoryCountAt);
    const bool fits = kDirectoryOffset + uint64_t{count} * kEntrySize <= bytes->size();
    for (uint32_t i = 0; fits && i < count; i++) {
        uint8_t* e = p + kDirectoryOffset + i * kEntrySize;
        const uint64_t offset = load<uint32_t>(e + kOffsetAt), size = load<uint32_t>(e + kSizeAt);
        if (offset + size <= bytes->size()) store(e + kCrcAt, crc32c(p + offset, size));
    }
    store(p + kConfigCrcAt, crc32c(p + kConfigOffset, kConfigSize));
    if (fits) store(p + kDirectoryCrcAt, crc32c(p + kDirectoryOffset, count * kEntrySize));
    store(p + kHeaderCrcAt, crc32c(p, kHeaderCrcAt));
}

}  // namespace atome::test
