#include "atome/formats/zip_reader.h"

#include <algorithm>
#include <utility>

#include "atome/base/bytes.h"
#include "atome/base/crc32c.h"

namespace atome {

namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocator64Size = 20;
constexpr uint16_t kZip64Extra = 1;
constexpr uint32_t kInZip64 = 0xffffffffu;  // stands where the value is in a zip64 record

template <class... Pieces>
Status bad(const Pieces&... pieces) {
    return Status::error(Code::bad_file, "zip archive: ", pieces...);
}

// The central directory: where it is and how many entries it has.
struct Directory {
    uint64_t offset = 0, size = 0, entries = 0;
};

// A record of the central directory, and where its local header is.
struct Record {
    ZipRecord entry;
    uint64_t offset = 0;
};

Status find_end(const uint8_t* data, std::size_t size, std::size_t* out) {
    for (std::size_t comment = 0; comment <= 0xffff && kEndSize + comment <= size; comment++) {
        const std::size_t at = size - kEndSize - comment;
        if (load<uint32_t>(data + at) != kEndSignature || load<uint16_t>(data + at + 20) != comment) continue;
        *out = at;
        return {};
    }
    return bad("no end record: the file is cut off, or no zip archive");
}

Status find_directory(const uint8_t* data, std::size_t size, Directory* out) {
    std::size_t end = 0;
    ATOME_TRY(find_end(data, size, &end));
    if (load<uint16_t>(data + end + 4) != 0 || load<uint16_t>(data + end + 6) != 0)
        return Status::error(Code::unsupported, "zip archive: it is one part of several");
    out->entries = load<uint16_t>(data + end + 10);
    out->size = load<uint32_t>(data + end + 12);
    out->offset = load<uint32_t>(data + end + 16);
    uint64_t limit = end;
    if (out->entries == 0xffff || out->size == kInZip64 || out->offset == kInZip64) {
        if (end < kLocator64Size || load<uint32_t>(data + end - kLocator64Size) != kLocator64Signature)
            return bad("byte ", end, ": the zip64 locator is missing");
        const uint64_t at = load<uint64_t>(data + end - kLocator64Size + 8);
        if (at > end - kLocator64Size || end - kLocator64Size - at < kEnd64Size ||
            load<uint32_t>(data + at) != kEnd64Signature)
            return bad("byte ", end, ": the zip64 end record is not where the locator says");
        out->entries = load<uint64_t>(data + at + 32);
        out->size = load<uint64_t>(data + at + 40);
        out->offset = load<uint64_t>(data + at + 48);
        limit = at;
    }
    if (out->offset > limit || out->size > limit - out->offset)
        return bad("the central directory does not lie before its end record at byte ", limit);
    if (out->entries > out->size / kCentralSize)
        return bad("a central directory of ", out->size, " bytes cannot have ", out->entries & 0x7fffffff,
                   " entries");
    return {};
}

// Takes from the zip64 extra field the values that did not fit their 32-bit places, in order.
Status read_zip64_extra(const uint8_t* p, std::size_t n, const std::vector<uint64_t*>& wanted) {
    if (wanted.empty()) return {};
    for (std::size_t at = 0; at + 4 <= n;) {
        const std::size_t length = load<uint16_t>(p + at + 2);
        if (length > n - at - 4) break;
        if (load<uint16_t>(p + at) == kZip64Extra) {
            if (length < 8 * wanted.size()) break;
            for (std::size_t i = 0; i < wanted.size(); i++) *wanted[i] = load<uint64_t>(p + at + 4 + 8 * i);
            return {};
        }
        at += 4 + length;
    }
    return bad("an entry lacks its zip64 sizes");
}

// Reads the record at `at`, with `room` bytes before the directory's end, and says how long it is.
Status read_record(const uint8_t* p, uint64_t room, Record* out, uint64_t* length) {
    if (room < kCentralSize || load<uint32_t>(p) != kCentralSignature)
        return bad("a central directory record is missing or cut off");
    const std::size_t name = load<uint16_t>(p + 28), extra = load<uint16_t>(p + 30),
                      comment = load<uint16_t>(p + 32);
    *length = kCentralSize + name + extra + comment;
    if (*length > room) return bad("a central directory record is cut off");
    ZipRecord& entry = out->entry;
    entry.name = {reinterpret_cast<const char*>(p + kCentralSize), name};
    entry.encrypted = (load<uint16_t>(p + 8) & 1u) != 0;
    entry.method = load<uint16_t>(p + 10);
    entry.crc = load<uint32_t>(p + 16);
    entry.packed_size = load<uint32_t>(p + 20);
    entry.size = load<uint32_t>(p + 24);
    out->offset = load<uint32_t>(p + 42);
    std::vector<uint64_t*> wanted;
    for (uint64_t* v : {&entry.size, &entry.packed_size, &out->offset})
        if (*v == kInZip64) wanted.push_back(v);
    return read_zip64_extra(p + kCentralSize + name, extra, wanted);
}

// Finds the entry's bytes; `limit` is where the next entry or the directory starts.
Status find_bytes(const uint8_t* data, uint64_t limit, Record* record) {
    ZipRecord& entry = record->entry;
    const std::string_view brief = entry.name.substr(0, 64);
    const uint64_t offset = record->offset;
    if (offset > limit || limit - offset < kLocalSize || load<uint32_t>(data + offset) != kLocalSignature)
        return bad("entry '", brief, "' has no local header, or overlaps the next entry");
    const uint8_t* p = data + offset;
    const uint64_t name = load<uint16_t>(p + 26), extra = load<uint16_t>(p + 28);
    const uint64_t header = kLocalSize + name + extra;
    if (limit - offset < header || entry.packed_size > limit - offset - header)
        return bad("entry '", brief, "' of ", entry.packed_size,
                   " bytes passes the start of what follows it");
    if (std::string_view(reinterpret_cast<const char*>(p + kLocalSize), static_cast<std::size_t>(name)) !=
        entry.name)
        return bad("entry '", brief, "' has another name in its local header");
    entry.packed = p + header;
    return {};
}

Status check_stored(const ZipRecord& r) {
    const std::string_view brief = r.name.substr(0, 64);
    if (r.encrypted) return Status::error(Code::unsupported, "zip entry '", brief, "' is encrypted");
    if (r.method != kZipStored)
        return Status::error(Code::unsupported, "zip entry '", brief, "' is compressed (method ", r.method,
                             "): torch.save stores its entries, so this is no .pt file");
    if (r.packed_size != r.size) return bad("entry '", brief, "' is stored, but its two sizes differ");
    if (crc32(r.packed, static_cast<std::size_t>(r.size)) != r.crc)
        return bad("entry '", brief, "' is damaged: its CRC-32 differs");
    return {};
}

}  // namespace

Status read_zip_directory(const uint8_t* data, std::size_t size, std::vector<ZipRecord>* out) {
    Directory directory;
    ATOME_TRY(find_directory(data, size, &directory));
    std::vector<Record> records;
    uint64_t at = directory.offset;
    const uint64_t end = directory.offset + directory.size;
    for (uint64_t i = 0; i < directory.entries; i++) {
        uint64_t length = 0;
        ATOME_TRY(read_record(data + at, end - at, &records.emplace_back(), &length));
        at += length;
    }
    if (at != end) return bad("the central directory has ", end - at, " bytes after its last record");
    std::vector<Record*> in_file;  // by offset
    for (Record& r : records) in_file.push_back(&r);
    std::sort(in_file.begin(), in_file.end(),
              [](const Record* a, const Record* b) { return a->offset < b->offset; });
    for (std::size_t i = 0; i < in_file.size(); i++) {
        // The next entry's offset is as yet unchecked: it may lie anywhere.
        const uint64_t next = i + 1 < in_file.size() ? in_file[i + 1]->offset : directory.offset;
        ATOME_TRY(find_bytes(data, std::min(next, directory.offset), in_file[i]));
    }
    out->clear();
    for (const Record& r : records) out->push_back(r.entry);
    return {};
}

Status read_zip(const uint8_t* data, std::size_t size, ZipEntries* out) {
    std::vector<ZipRecord> records;
    ATOME_TRY(read_zip_directory(data, size, &records));
    ZipEntries entries;
    for (const ZipRecord& r : records) {
        ATOME_TRY(check_stored(r));
        if (!entries.emplace(r.name, ZipEntry{r.packed, static_cast<std::size_t>(r.size)}).second)
            return bad("entry '", r.name.substr(0, 64), "' appears twice");
    }
    *out = std::move(entries);
    return {};
}

}  // namespace atome
