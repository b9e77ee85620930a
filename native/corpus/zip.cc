#include "native/corpus/zip.h"

#include <zlib.h>

#include <algorithm>

#include "native/io/failure.h"

namespace atome::cli {
namespace {

constexpr std::size_t kEndSize = 22;  // end of central directory, without its comment
constexpr std::size_t kMaxComment = 0xffff;
constexpr std::size_t kDirectorySize = 46;  // a directory entry without name, extra field and comment
constexpr std::size_t kLocalSize = 30;      // a local header without name and extra field

// Little-endian numbers at an offset that the caller has checked.
uint32_t u16(std::string_view s, std::size_t at) {
    return static_cast<uint8_t>(s[at]) | static_cast<uint32_t>(static_cast<uint8_t>(s[at + 1])) << 8;
}
uint32_t u32(std::string_view s, std::size_t at) { return u16(s, at) | u16(s, at + 2) << 16; }

struct Member {
    std::string name;
    uint32_t flags, method, crc, packed_size, size, local_offset;
};

class Archive {
  public:
    Archive(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {
        find_directory();
    }

    // The next member of the directory; false behind the last.
    bool next(Member* member) {
        if (left_ == 0) return false;
        --left_;
        if (at_ + kDirectorySize > bytes_.size() || u32(bytes_, at_) != 0x02014b50)
            fail("its directory is damaged");
        member->flags = u16(bytes_, at_ + 8);
        member->method = u16(bytes_, at_ + 10);
        member->crc = u32(bytes_, at_ + 16);
        member->packed_size = u32(bytes_, at_ + 20);
        member->size = u32(bytes_, at_ + 24);
        member->local_offset = u32(bytes_, at_ + 42);
        const std::size_t name_size = u16(bytes_, at_ + 28);
        const std::size_t rest = u16(bytes_, at_ + 30) + u16(bytes_, at_ + 32);
        if (at_ + kDirectorySize + name_size + rest > bytes_.size()) fail("its directory is damaged");
        member->name = std::string(bytes_.substr(at_ + kDirectorySize, name_size));
        at_ += kDirectorySize + name_size + rest;
        return true;
    }

    std::string contents(const Member& member) const {
        const std::size_t at = member.local_offset;
        if (at + kLocalSize > bytes_.size() || u32(bytes_, at) != 0x04034b50)
            fail(member.name + " is not where it should be");
        const std::size_t begin = at + kLocalSize + u16(bytes_, at + 26) + u16(bytes_, at + 28);
        if (begin > bytes_.size() || member.packed_size > bytes_.size() - begin)
            fail(member.name + " is cut short");
        if ((member.flags & 1) != 0) fail(member.name + " is encrypted (give a plain archive)");
        const std::string_view packed = bytes_.substr(begin, member.packed_size);
        std::string out;
        if (member.method == 0) {
            out = std::string(packed);
        } else if (member.method == 8) {
            out = inflate_raw(packed, member);
        } else {
            fail(member.name + " is packed in an unknown way (use deflate)");
        }
        const uLong crc =
            ::crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(out.size()));
        if (out.size() != member.size || crc != member.crc) fail(member.name + " is damaged");
        return out;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Failure(where_ + ": a zip archive, but " + what);
    }

    void find_directory() {
        // The record at the end may be followed by a comment.
        if (bytes_.size() < kEndSize) fail("it is cut short");
        const std::size_t last = bytes_.size() - kEndSize;
        const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
        for (std::size_t at = last + 1; at-- > first;) {
            if (u32(bytes_, at) != 0x06054b50) continue;
            left_ = u16(bytes_, at + 10);
            at_ = u32(bytes_, at + 16);
            return;
        }
        fail("it has no directory: it is cut short");
    }

    // Never more than the size that the directory announces, which the caller has bounded.
    std::string inflate_raw(std::string_view packed, const Member& member) const {
        std::string out(member.size, '\0');
        z_stream stream{};
        if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK)
            fail(member.name + " cannot be unpacked: out of memory");
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream.avail_in = static_cast<uInt>(packed.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        const int result = ::inflate(&stream, Z_FINISH);
        const std::size_t produced = out.size() - stream.avail_out;
        ::inflateEnd(&stream);
        if (result != Z_STREAM_END || produced != out.size()) fail(member.name + " is damaged");
        return out;
    }

    std::string_view bytes_;
    const std::string& where_;
    std::size_t at_ = 0;    // of the next directory entry
    std::size_t left_ = 0;  // directory entries
};

}  // namespace

void read_zip(std::string_view bytes, const std::string& where, uint64_t max_bytes,
              const std::function<bool(const std::string& name)>& wanted,
              const std::function<void(const std::string& name, std::string contents)>& take) {
    Archive archive(bytes, where);
    uint64_t total = 0;
    Member member{};
    while (archive.next(&member)) {
        if (!wanted(member.name)) continue;
        total += member.size;
        if (total > max_bytes)
            throw Failure(where + ": a zip archive that unpacks to more than " + std::to_string(max_bytes) +
                          " bytes");
        take(member.name, archive.contents(member));
    }
}

}  // namespace atome::cli
