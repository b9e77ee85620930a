// TextView: a view of text like std::string_view, whose header chips do not have. The two convert into each
// other.
#pragma once

#include <stddef.h>

namespace atome {

// `size()` characters from `data()` on, which belong to another and must outlive the view. They need not end
// with a zero.
class TextView {
  public:
    static constexpr size_t npos = static_cast<size_t>(-1);

    constexpr TextView() : data_(""), size_(0) {}
    constexpr TextView(const char* data, size_t size) : data_(data), size_(size) {}
    constexpr TextView(const char* zero_terminated)
        : data_(zero_terminated), size_(__builtin_strlen(zero_terminated)) {}

    // From std::string_view and std::string, which are told by their npos.
    template <class String, size_t = String::npos>
    constexpr TextView(const String& text) : data_(text.data()), size_(text.size()) {}
    // To std::string_view. Not to std::string, whose memory must be asked for explicitly: it is not copied
    // byte by byte, and an array of 0 elements is no type.
    template <class String, size_t = String::npos, bool (*)[__is_trivially_copyable(String)] = nullptr>
    constexpr operator String() const {
        return String(data_, size_);
    }

    constexpr const char* data() const { return data_; }
    constexpr size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr char operator[](size_t at) const { return data_[at]; }  // at < size()

    // From `first` on, at most size(): `most` characters or all that are left.
    constexpr TextView substr(size_t first, size_t most = npos) const {
        const size_t left = size_ - first;
        return TextView(data_ + first, left < most ? left : most);
    }
    // Where `part` first stands, npos where it does not.
    constexpr size_t find(TextView part) const {
        for (size_t at = 0; at + part.size_ <= size_; at++)
            if (substr(at, part.size_) == part) return at;
        return npos;
    }

    friend constexpr bool operator==(TextView a, TextView b) {
        if (a.size_ != b.size_) return false;
        for (size_t i = 0; i < a.size_; i++)
            if (a.data_[i] != b.data_[i]) return false;
        return true;
    }
    // With std::string_view, which would otherwise have two ways to be compared.
    template <class String, size_t = String::npos>
    friend constexpr bool operator==(TextView a, const String& b) {
        return a == TextView(b);
    }
    // To a stream such as std::ostream.
    template <class Stream>
    friend auto operator<<(Stream& stream, TextView text) -> decltype(stream.write("", 0)) {
        return stream.write(text.data_, static_cast<ptrdiff_t>(text.size_));
    }

  private:
    const char* data_;
    size_t size_;
};

}  // namespace atome
