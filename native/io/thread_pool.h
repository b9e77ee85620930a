// Threads for training: the native implementation of the core's Executor.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "atome/base/executor.h"

namespace atome::cli {

// Cores of this machine, at least 1.
inline uint32_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

// The caller is one of the workers. Between runs the others spin for a moment, then sleep. Where tasks throw,
// run() throws the first exception once every worker has come to rest.
class ThreadPool : public Executor {
  public:
    // At least 1. Throws Failure where the system has no room for so many threads.
    explicit ThreadPool(uint32_t workers);
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    using Executor::run;
    uint32_t workers() const override { return static_cast<uint32_t>(threads_.size()) + 1; }
    void run(uint32_t count, void (*task)(void*, uint32_t, uint32_t), void* context) override;

  private:
    void stop();
    void serve(uint32_t worker);
    void take_tasks(uint32_t worker);

    std::vector<std::thread> threads_;
    std::atomic<uint32_t> generation_{0};  // one more for every run
    std::atomic<uint32_t> next_{0};        // index of the next task
    std::atomic<uint32_t> busy_{0};        // helpers that have not finished this run
    std::atomic<bool> stop_{false};
    std::atomic<bool> failed_{false};  // a task of this run has thrown
    std::exception_ptr error_;         // what the first one threw
    uint32_t count_ = 0;
    void (*task_)(void*, uint32_t, uint32_t) = nullptr;
    void* context_ = nullptr;
};

}  // namespace atome::cli
