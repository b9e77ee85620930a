// Status: what every fallible call of the core returns. No heap, no exceptions, no formatting library.
//
// A message is one line that says what is wrong, where, and what would be right. It is built from
// fixed text and integers, so that a bare chip can build it too.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "atome/base/text_view.h"

// 0 leaves the messages out: a Status is its code alone, and says the code's name. For chips whose flash is
// dear.
#ifndef ATOME_MESSAGES
#define ATOME_MESSAGES 1
#endif

namespace atome {

enum class Code : uint8_t {
    ok = 0,
    bad_config,       // a dimension or an option is out of its range
    bad_file,         // bytes that do not parse: truncated, foreign, damaged
    unsupported,      // well formed, but the target cannot hold or do it
    bad_alignment,    // a buffer does not start where it must
    arena_too_small,  // the caller's memory is smaller than the reported size
    bad_argument,     // a token, temperature, length... outside its range
    not_finite,       // NaN or infinity where a number is required
    out_of_memory,    // a buffer of the size asked for would pass a limit
};

// Bounded text on the stack. What does not fit is left out, and the text then ends in "...", so that half a
// number is not taken for a whole one.
class Text {
  public:
    static constexpr size_t capacity = 191;
    Text() { chars_[0] = 0; }
    Text(TextView s) : Text() { append(s); }
    // Of the characters only what is used: most texts are empty, and every call of the core returns one.
    Text(const Text& other) : Text(other.view()) {}
    Text& operator=(const Text& other);
    Text& append(TextView s);
    Text& append(const char* s);
    // Numbers in decimal; a character counts as one.
    Text& append(int n);
    Text& append(long n);
    Text& append(long long n);
    Text& append(unsigned n);
    Text& append(unsigned long n);
    Text& append(unsigned long long n);
    TextView view() const { return {chars_, size_}; }
    const char* c_str() const { return chars_; }

  private:
    static_assert(capacity <= UINT8_MAX, "size_ must be able to say it");
    char chars_[capacity + 1];  // size_ of them, then a zero
    uint8_t size_ = 0;
};

#if __cplusplus >= 201703L  // chips may have C++14 only, where clang warns of the attribute
#define ATOME_NODISCARD [[nodiscard]]
#else
#define ATOME_NODISCARD
#endif

// As it is spelled above.
TextView name(Code code);

#if ATOME_MESSAGES
class ATOME_NODISCARD Status {
  public:
    Status() {}  // not defaulted: Status{} would clear its text
    // Pieces are what a Text appends: Status::error(Code::bad_config, "d_model is ", 0, ": use 1..4096"). By
    // value, so that one may be a static constant without a definition of its own.
    template <class... Pieces>
    static Status error(Code code, Pieces... pieces) {
        Status s;
        s.code_ = code;
        const int in_order[] = {(s.text_.append(pieces), 0)...};
        static_cast<void>(in_order);
        return s;
    }
    bool ok() const { return code_ == Code::ok; }
    explicit operator bool() const { return ok(); }
    Code code() const { return code_; }
    // Empty when ok; valid as long as this Status lives.
    TextView message() const { return text_.view(); }
    const char* c_str() const { return text_.c_str(); }

  private:
    Code code_ = Code::ok;
    Text text_;
};
#else
class ATOME_NODISCARD Status {
  public:
    Status() {}
    template <class... Pieces>
    static Status error(Code code, const Pieces&...) {
        Status s;
        s.code_ = code;
        return s;
    }
    bool ok() const { return code_ == Code::ok; }
    explicit operator bool() const { return ok(); }
    Code code() const { return code_; }
    TextView message() const { return ok() ? TextView() : name(code_); }
    const char* c_str() const { return message().data(); }

  private:
    Code code_ = Code::ok;
};
#endif

// Returns the status from the enclosing function unless it is ok.
#define ATOME_TRY(expression)                                   \
    do {                                                        \
        const ::atome::Status atome_try_status_ = (expression); \
        if (!atome_try_status_.ok()) return atome_try_status_;  \
    } while (0)

}  // namespace atome
