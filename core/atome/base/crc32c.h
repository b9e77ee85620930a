// CRC-32C (Castagnoli, reflected, polynomial 0x82F63B78): what guards every part of an `.atome` file.
// CRC-32 (IEEE, reflected, polynomial 0xEDB88320) is what zip archives carry.
//
// Both go four bits at a time through 16-entry tables: 64 bytes of flash each.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace atome {

// `crc` is the checksum of the bytes before `data`, 0 at the start, so that a stream can be fed in pieces.
// crc32c("123456789") is 0xE3069283.
uint32_t crc32c(const uint8_t* data, size_t size, uint32_t crc = 0);
// crc32("123456789") is 0xCBF43926.
uint32_t crc32(const uint8_t* data, size_t size, uint32_t crc = 0);

}  // namespace atome
