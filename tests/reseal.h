// `.atome` files with damage that no checksum shows.
#pragma once

#include <cstdint>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"
#include "atome/model/file_layout.h"

namespace atome::test {

// Where the tensors of a file of version 2 end: where its first section starts, or the file ends.
inline uint64_t compact_tensors_end(const std::vector<uint8_t>& bytes) {
    using namespace layout::compact;
    const uint8_t* p = bytes.data();
    const uint64_t head = load<uint32_t>(p + kHeadSizeAt), entries = load<uint16_t>(p + kEntriesAt);
    if (entries == 0 || head > bytes.size() || kConfigAt + kEntrySize * entries + 4 > head)
        return bytes.size();
    return load<uint32_t>(p + head - 4 - kEntrySize * entries + kOffsetAt);
}

inline void reseal_compact(std::vector<uint8_t>* bytes) {
    using namespace layout::compact;
    uint8_t* p = bytes->data();
    const uint64_t head = load<uint32_t>(p + kHeadSizeAt), entries = load<uint16_t>(p + kEntriesAt);
    const uint64_t tensors_end = compact_tensors_end(*bytes);
    if (head < kConfigAt + kEntrySize * entries + 4 || head > bytes->size()) return;
    if (head <= tensors_end && tensors_end <= bytes->size())
        store(p + kTensorsCrcAt, crc32c(p + head, tensors_end - head));
    for (uint64_t i = 0; i < entries; i++) {
        uint8_t* e = p + head - 4 - kEntrySize * (entries - i);
        const uint64_t offset = load<uint32_t>(e + kOffsetAt), size = load<uint32_t>(e + kSizeAt);
        if (offset + size <= bytes->size()) store(e + kCrcAt, crc32c(p + offset, size));
    }
    store(p + head - 4, crc32c(p, head - 4));
}

// Makes every checksum right again, so that the rule behind it is what rejects a change.
inline void reseal(std::vector<uint8_t>* bytes) {
    using namespace layout;
    uint8_t* p = bytes->data();
    if (load<uint32_t>(p + kVersionAt) == compact::kVersion) return reseal_compact(bytes);
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
