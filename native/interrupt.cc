#include "native/interrupt.h"

#include <csignal>

namespace atome::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void note_signal(int) {
    g_interrupted = 1;
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

}  // namespace atome::cli
