#include "native/thread_pool.h"

namespace atome::cli {

namespace {

// About 50 microseconds: longer than the serial gaps between the phases of a training step.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// Waits until `value` is no longer `old`.
void wait_for_change(const std::atomic<uint32_t>& value, uint32_t old) {
    for (int i = 0; i < kSpins; i++) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause();
    }
    value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(uint32_t workers) {
    for (uint32_t w = 1; w < workers; w++) threads_.emplace_back([this, w] { serve(w); });
}

ThreadPool::~ThreadPool() {
    stop_ = true;
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    for (std::thread& t : threads_) t.join();
}

void ThreadPool::run(uint32_t count, void (*task)(void*, uint32_t, uint32_t), void* context) {
    count_ = count;
    task_ = task;
    context_ = context;
    next_.store(0, std::memory_order_relaxed);
    busy_.store(static_cast<uint32_t>(threads_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    take_tasks(0);
    for (uint32_t busy; (busy = busy_.load(std::memory_order_acquire)) != 0;) wait_for_change(busy_, busy);
}

void ThreadPool::take_tasks(uint32_t worker) {
    for (uint32_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;)
        task_(context_, i, worker);
}

void ThreadPool::serve(uint32_t worker) {
    for (uint32_t seen = 0;;) {
        wait_for_change(generation_, seen);
        seen++;
        if (stop_) return;
        take_tasks(worker);
        if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
    }
}

}  // namespace atome::cli
