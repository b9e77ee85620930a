// Bytes at an address that models, arenas and vector loads like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace atome::cli {

// Aligned to 64 bytes; not initialised. Throws std::bad_alloc.
class AlignedBuffer {
  public:
    static constexpr std::size_t alignment = 64;

    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t size)
        : data_(static_cast<uint8_t*>(::operator new(size, std::align_val_t(alignment)))), size_(size) {}
    static AlignedBuffer copy_of(std::span<const uint8_t> bytes) {
        AlignedBuffer buffer(bytes.size());
        if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
        return buffer;
    }

    uint8_t* data() { return data_.get(); }
    const uint8_t* data() const { return data_.get(); }
    std::size_t size() const { return size_; }

  private:
    struct Free {
        void operator()(uint8_t* p) const { ::operator delete(p, std::align_val_t(alignment)); }
    };
    std::unique_ptr<uint8_t, Free> data_;
    std::size_t size_ = 0;
};

}  // namespace atome::cli
