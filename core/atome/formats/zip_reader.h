// Reader of zip archives, zip64 or not: where the entries lie, and those that are stored without compression,
// as torch.save writes them.
// The format: PKWARE APPNOTE.TXT, sections 4.3 and 4.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "atome/base/status.h"

namespace atome {

inline constexpr uint16_t kZipStored = 0, kZipDeflated = 8;  // methods

// What the directory says of an entry. Views into the archive's bytes.
struct ZipRecord {
    std::string_view name;
    bool encrypted = false;
    uint16_t method = kZipStored;
    uint32_t crc = 0;  // of the contents
    uint64_t size = 0;
    const uint8_t* packed = nullptr;
    uint64_t packed_size = 0;
};

// The records in the directory's order. Checks every bound and that no two entries overlap, but neither the
// contents nor their sizes. Nothing is allocated that grows faster than the archive.
// Errors: bad_file; unsupported (archives in parts).
Status read_zip_directory(const uint8_t* data, std::size_t size, std::vector<ZipRecord>* out);

struct ZipEntry {
    const uint8_t* data = nullptr;  // into the archive's bytes
    std::size_t size = 0;
};

using ZipEntries = std::map<std::string, ZipEntry, std::less<>>;

// The entries of an archive that stores them all. Checks that no two share a name, and every CRC-32.
// Errors: those above; unsupported (compressed or encrypted entries).
Status read_zip(const uint8_t* data, std::size_t size, ZipEntries* out);

}  // namespace atome
