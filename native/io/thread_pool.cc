#include "native/io/thread_pool.h"

#include <system_error>
#include <utility>

#include "native/io/failure.h"

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
    threads_.reserve(workers - 1);
    try {
        for (uint32_t w = 1; w < workers; w++) threads_.emplace_back([this, w] { serve(w); });
    } catch (const std::system_error& e) {
        stop();
        throw Failure(std::to_string(workers) + " threads cannot be started: " + e.code().message() +
                      ": use fewer --threads");
    } catch (...) {
        stop();
        throw;
    }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
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
    // Also where a task has thrown: the others use what the caller's stack holds.
    for (uint32_t busy; (busy = busy_.load(std::memory_order_acquire)) != 0;) wait_for_change(busy_, busy);
    if (failed_.exchange(false)) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::take_tasks(uint32_t worker) {
    try {
        for (uint32_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;)
            task_(context_, i, worker);
    } catch (...) {
        if (!failed_.exchange(true)) error_ = std::current_exception();
        next_.store(count_, std::memory_order_relaxed);
    }
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
