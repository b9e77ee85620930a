// Ctrl-C as a flag, so that long work can be saved.
#pragma once

#include <string>

#include "native/io/failure.h"

namespace atome::cli {

// While it lives, SIGINT and SIGTERM only set a flag; a second one ends the program. One at a time.
class InterruptGuard {
  public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

  private:
    void (*previous_int_)(int);
    void (*previous_term_)(int);
};

// True once a signal has come since the last guard was made.
bool interrupted();

// Work that such a signal has stopped, once what it had done is safe. main prints the message as that of any
// Failure; the exit code is what a shell gives for the signal, 130 after Ctrl-C.
class Interrupted : public Failure {
  public:
    explicit Interrupted(const std::string& message);
    int exit_code() const { return exit_code_; }

  private:
    int exit_code_;
};

}  // namespace atome::cli
