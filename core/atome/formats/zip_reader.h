// Reader of the zip archives that torch.save writes: entries stored without compression, zip64 or not.
// The format: PKWARE APPNOTE.TXT, sections 4.3 and 4.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "atome/base/status.h"

namespace atome {

struct ZipEntry {
    const uint8_t* data = nullptr;  // into the archive's bytes
    std::size_t size = 0;
};

using ZipEntries = std::map<std::string, ZipEntry, std::less<>>;

// Checks every bound, that no two entries overlap or share a name, and every CRC-32. Nothing is allocated
// that grows faster than the archive.
// Errors: bad_file; unsupported (compressed or encrypted entries, archives in parts).
Status read_zip(const uint8_t* data, std::size_t size, ZipEntries* out);

}  // namespace atome
