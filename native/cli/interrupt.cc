#include "native/cli/interrupt.h"

#include <csignal>

namespace atome::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;  // the signal, once one has come

void note_signal(int signal) {
    g_interrupted = signal;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
    g_interrupted = 0;
    previous_int_ = std::signal(SIGINT, note_signal);
    previous_term_ = std::signal(SIGTERM, note_signal);
}

InterruptGuard::~InterruptGuard() {
    std::signal(SIGINT, previous_int_);
    std::signal(SIGTERM, previous_term_);
}

bool interrupted() { return g_interrupted != 0; }

Interrupted::Interrupted(const std::string& message) : Failure(message), exit_code_(128 + g_interrupted) {}

}  // namespace atome::cli
