// How training runs independent tasks. The core knows no threads: a port brings its own executor. Tasks
// never depend on which worker runs them or when, so results do not either.
#pragma once

#include <cstdint>

namespace atome {

class Executor {
  public:
    virtual ~Executor() = default;
    virtual uint32_t workers() const = 0;  // at least 1
    // Calls task(context, index, worker) for every index in [0, count), worker in [0, workers()), and
    // returns when all have returned. Where a task throws (memory it does not get), no more are begun, and
    // the exception leaves run() once all that were begun have ended.
    virtual void run(uint32_t count, void (*task)(void* context, uint32_t index, uint32_t worker),
                     void* context) = 0;

    // The same with a callable: body(index, worker).
    template <class Body>
    void run(uint32_t count, Body body) {
        run(
            count, [](void* b, uint32_t i, uint32_t w) { (*static_cast<Body*>(b))(i, w); }, &body);
    }
};

// One worker, the caller.
class SerialExecutor : public Executor {
  public:
    using Executor::run;
    uint32_t workers() const override { return 1; }
    void run(uint32_t count, void (*task)(void*, uint32_t, uint32_t), void* context) override {
        for (uint32_t i = 0; i < count; i++) task(context, i, 0);
    }
};

}  // namespace atome
