// How work fails.
#pragma once

#include <stdexcept>
#include <string>

#include "atome/base/status.h"

namespace atome::cli {

// Wrong usage: main prints "atome: MESSAGE (see atome COMMAND --help)" and exits with 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Bad input: main prints "atome: MESSAGE" as one line on stderr and exits with 1.
class Failure : public std::runtime_error {
  public:
    explicit Failure(const std::string& message, Code code = Code::bad_argument)
        : std::runtime_error(message), code_(code) {}
    Code code() const { return code_; }

  private:
    Code code_;
};

[[noreturn]] inline void fail(const std::string& where, const std::string& what) {
    throw Failure(where + ": " + what);
}

// Throws Failure("WHERE: MESSAGE") with the status's code unless the status is ok.
inline void require(const Status& status, const std::string& where) {
    if (!status.ok()) throw Failure(where + ": " + std::string(status.message()), status.code());
}

}  // namespace atome::cli
