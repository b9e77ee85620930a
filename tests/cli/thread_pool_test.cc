// Threads for training: tasks that fail.
#include "native/io/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

namespace atome::cli {
namespace {

TEST(ThreadPool, WhatATaskThrowsReachesTheCallerOnceAllHaveEnded) {
    for (const uint32_t workers : {1u, 2u, 4u}) {
        ThreadPool pool(workers);
        for (int round = 0; round < 50; round++) {
            std::atomic<uint32_t> running{0}, seen{0};
            try {
                pool.run(64, [&](uint32_t i, uint32_t) {
                    running++;
                    seen++;
                    if (i == 5) {
                        running--;
                        throw std::bad_alloc();
                    }
                    std::this_thread::sleep_for(std::chrono::microseconds(50));
                    running--;
                });
                FAIL() << "nothing was thrown";
            } catch (const std::bad_alloc&) {
                EXPECT_EQ(running, 0u);
                EXPECT_GE(seen, 1u);
            }
            // The pool is as good as new.
            std::atomic<uint32_t> sum{0};
            pool.run(100, [&](uint32_t i, uint32_t) { sum += i; });
            EXPECT_EQ(sum, 4950u);
        }
    }
}

TEST(ThreadPool, OfManyFailuresOneIsTold) {
    ThreadPool pool(4);
    for (int round = 0; round < 50; round++) try {
            pool.run(64, [](uint32_t i, uint32_t) { throw std::runtime_error(std::to_string(i)); });
            FAIL() << "nothing was thrown";
        } catch (const std::runtime_error& e) {
            // Nobody takes another task once one has failed.
            EXPECT_LT(std::stoi(e.what()), 8);
        }
}

}  // namespace
}  // namespace atome::cli
