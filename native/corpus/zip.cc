#include "native/corpus/zip.h"

#include <zlib.h>

#include <new>

#include "atome/base/crc32c.h"
#include "atome/formats/zip_reader.h"
#include "native/io/failure.h"

namespace atome::cli {
namespace {

// False for damage. Never makes more than `size` bytes, which the caller has bounded.
bool inflate_raw(const ZipRecord& record, std::string* out) {
    out->resize(static_cast<std::size_t>(record.size));
    z_stream stream{};
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream.next_in = const_cast<Bytef*>(record.packed);
    stream.avail_in = static_cast<uInt>(record.packed_size);
    stream.next_out = reinterpret_cast<Bytef*>(out->data());
    stream.avail_out = static_cast<uInt>(out->size());
    const int result = ::inflate(&stream, Z_FINISH);
    const bool whole = stream.avail_out == 0;
    ::inflateEnd(&stream);
    return result == Z_STREAM_END && whole;
}

std::string contents_of(const ZipRecord& record, const std::string& where) {
    const auto fail = [&](const std::string& what) {
        throw Failure(where + ": a zip archive, but " + std::string(record.name) + what);
    };
    if (record.encrypted) fail(" is encrypted (give a plain archive)");
    if (record.method != kZipStored && record.method != kZipDeflated)
        fail(" is packed in an unknown way (use deflate)");
    // zlib counts in 32 bits.
    if (record.size > UINT32_MAX || record.packed_size > UINT32_MAX)
        fail(" is too large (4 GB is the limit)");
    std::string out;
    bool whole = true;
    if (record.method == kZipDeflated)
        whole = inflate_raw(record, &out);
    else
        out.assign(reinterpret_cast<const char*>(record.packed),
                   static_cast<std::size_t>(record.packed_size));
    if (!whole || out.size() != record.size ||
        crc32(reinterpret_cast<const uint8_t*>(out.data()), out.size()) != record.crc)
        fail(" is damaged");
    return out;
}

}  // namespace

void read_zip(std::string_view bytes, const std::string& where, uint64_t max_bytes,
              const std::function<bool(const std::string& name)>& wanted,
              const std::function<void(const std::string& name, std::string contents)>& take) {
    std::vector<ZipRecord> records;
    require(read_zip_directory(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), &records),
            where);
    uint64_t left = max_bytes;
    for (const ZipRecord& record : records) {
        const std::string name(record.name);
        if (!wanted(name)) continue;
        if (record.size > left)
            throw Failure(where + ": a zip archive that unpacks to more than " + std::to_string(max_bytes) +
                          " bytes");
        left -= record.size;
        take(name, contents_of(record, where));
    }
}

}  // namespace atome::cli
