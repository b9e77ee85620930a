// Ctrl-C as a flag, so that long work can be saved.
#pragma once

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

}  // namespace atome::cli
