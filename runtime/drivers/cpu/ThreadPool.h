//===- ThreadPool.h - Workers that run the steps of a call together -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The caller is worker 0. Each dispatch's grid is cut into one contiguous range
// a worker, always the same, and workers meet only at barriers: between two
// barriers a fast worker runs on into the next dispatch. A waiting worker spins
// for some microseconds, then sleeps in the kernel.
//
// A job can be interrupted. Whoever comes last to a barrier looks, and all
// leave the job there, so that none is left waiting for another.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_DRIVERS_CPU_THREADPOOL_H
#define SWAGE_RUNTIME_DRIVERS_CPU_THREADPOOL_H

#include "runtime/core/Driver.h"
#include <atomic>
#include <pthread.h>

namespace swage::runtime {

/// A number that grows, and that threads can wait for.
class Signal {
public:
  uint32_t value() const { return current.load(std::memory_order_acquire); }
  /// Adds one and wakes all that wait.
  void advance();
  /// Returns when the value is no longer `seen`.
  void wait(uint32_t seen);

private:
  alignas(64) std::atomic<uint32_t> current{0};
  std::atomic<uint32_t> sleepers{0};
};

class ThreadPool {
public:
  ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;
  ~ThreadPool();

  /// Starts `threads` - 1 workers. Called once.
  Code start(const Host &host, uint32_t threads, swage_status_t *status);

  /// Runs the steps; calls from several threads take turns. The reason if it
  /// was interrupted, while it waited or at a barrier.
  Code run(const Step *steps, size_t count, const Interrupt &interrupt);

  /// Lets those that wait for their turn look at their interrupts.
  void wake();

  uint32_t threads() const { return threadCount; }

private:
  struct Worker {
    ThreadPool *pool = nullptr;
    uint32_t index = 0;
    pthread_t thread = {};
  };

  static void *workerMain(void *worker);
  void work(uint32_t worker);
  void meet(bool mayEnd);
  Code takeTurn(const Interrupt &interrupt);
  void giveTurn();

  Array<Worker> workers; ///< all but the caller
  Pages scratch;         ///< SWAGE_CPU_SCRATCH_BYTES a worker
  uint32_t started = 0;
  uint32_t threadCount = 1;

  // Whose turn it is. The lock is held for moments only, not while a job runs.
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t turnEnded;
  bool isTaken = false;

  // The job; written by the caller before `jobs` advances.
  const Step *steps = nullptr;
  size_t stepCount = 0;
  const Interrupt *interrupt = nullptr;
  bool ending = false;
  /// Why the job ends early. Written by the last worker at a barrier, before
  /// the others go on from there.
  Code ended = SWAGE_OK;
  Signal jobs;

  Signal phases; ///< advances when all workers have reached a barrier
  alignas(64) std::atomic<uint32_t> arrived{0};
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_DRIVERS_CPU_THREADPOOL_H
