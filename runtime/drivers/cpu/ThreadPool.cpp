//===- ThreadPool.cpp - Workers that run the steps of a call together -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/drivers/cpu/ThreadPool.h"
#include <climits>
#include <csignal>
#include <cstring>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace swage::runtime {

/// Polls before a waiting worker sleeps: tens of microseconds, longer than two
/// workers differ on a balanced dispatch, shorter than anyone would notice.
static constexpr int kSpins = 2000;

static void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  asm volatile("isb");
#endif
}

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr,
          nullptr, 0);
}

void Signal::advance() {
  current.fetch_add(1);
  // Either this sees the sleeper, or the sleeper sees the new value.
  if (sleepers.load() != 0)
    futex(current, FUTEX_WAKE, INT_MAX);
}

void Signal::wait(uint32_t seen) {
  for (int i = 0; i < kSpins; ++i) {
    if (value() != seen)
      return;
    pause();
  }
  sleepers.fetch_add(1);
  while (current.load() == seen)
    futex(current, FUTEX_WAIT, seen);
  sleepers.fetch_sub(1);
}

namespace {

/// Rounding and denormals as generated code expects them, whatever the calling
/// thread has set, so that results do not depend on who runs a work item.
class FloatEnvironment {
public:
#if defined(__x86_64__)
  FloatEnvironment() : saved(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~FloatEnvironment() { _mm_setcsr(saved); }

private:
  unsigned saved;
#else
  FloatEnvironment() {
    asm volatile("mrs %0, fpcr" : "=r"(saved));
    asm volatile("msr fpcr, %0" : : "r"(uint64_t(0)));
  }
  ~FloatEnvironment() { asm volatile("msr fpcr, %0" : : "r"(saved)); }

private:
  uint64_t saved;
#endif
};

/// First work item of a worker.
uint64_t rangeStart(uint64_t grid, uint32_t worker, uint32_t workers) {
  return uint64_t(static_cast<unsigned __int128>(grid) * worker / workers);
}

} // namespace

void ThreadPool::work(uint32_t worker) {
  FloatEnvironment environment;
  void *own = scratch.data() + size_t(worker) * SWAGE_CPU_SCRATCH_BYTES;
  for (size_t i = 0; i < stepCount; ++i) {
    const Step &step = steps[i];
    if (!step.kernel) {
      meet(/*mayEnd=*/true);
      if (ended)
        break;
      continue;
    }
    uint64_t begin = rangeStart(step.grid, worker, threadCount);
    uint64_t end = rangeStart(step.grid, worker + 1, threadCount);
    if (begin == end)
      continue;
    swage_cpu_dispatch_t dispatch = {step.bindings, step.scalars, own};
    reinterpret_cast<swage_cpu_kernel_t>(
        reinterpret_cast<uintptr_t>(step.kernel))(&dispatch, begin, end);
  }
  meet(/*mayEnd=*/false);
}

/// A barrier.
void ThreadPool::meet(bool mayEnd) {
  uint32_t phase = phases.value();
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 != threadCount)
    return phases.wait(phase);
  arrived.store(0, std::memory_order_relaxed);
  if (mayEnd)
    ended = interrupt->reason();
  phases.advance();
}

void *ThreadPool::workerMain(void *argument) {
  const Worker &worker = *static_cast<Worker *>(argument);
  ThreadPool &pool = *worker.pool;
  for (uint32_t seen = 0;; ++seen) {
    pool.jobs.wait(seen);
    if (pool.ending)
      return nullptr;
    pool.work(worker.index);
  }
}

ThreadPool::ThreadPool() {
  // Deadlines are of the monotonic clock.
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&turnEnded, &attributes);
  pthread_condattr_destroy(&attributes);
}

Code ThreadPool::start(const Host &host, uint32_t threads,
                       swage_status_t *status) {
  if (!workers.allocate(host, threads - 1))
    return host.outOfMemory("a device's workers", status);
  if (Code code =
          scratch.allocate(host, uint64_t(threads) * SWAGE_CPU_SCRATCH_BYTES,
                           "workers' scratch", status))
    return code;
  // Signals are the application's; its own threads take them.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  int error = 0;
  for (; started < threads - 1 && !error; started += !error) {
    Worker &worker = workers[started];
    worker.pool = this;
    worker.index = started + 1;
    error = pthread_create(&worker.thread, nullptr, workerMain, &worker);
  }
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (error)
    return fail(status, SWAGE_OUT_OF_MEMORY, "cannot start thread %u of %u: %s",
                started + 1, threads, strerror(error));
  threadCount = threads;
  return SWAGE_OK;
}

ThreadPool::~ThreadPool() {
  ending = true;
  jobs.advance();
  for (uint32_t i = 0; i < started; ++i)
    pthread_join(workers[i].thread, nullptr);
  pthread_cond_destroy(&turnEnded);
  pthread_mutex_destroy(&lock);
}

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

Code ThreadPool::takeTurn(const Interrupt &mine) {
  pthread_mutex_lock(&lock);
  Code code = mine.reason();
  while (isTaken && !code) {
    if (uint64_t until = mine.deadline()) {
      timespec time = {time_t(until / 1000000000u), long(until % 1000000000u)};
      pthread_cond_timedwait(&turnEnded, &lock, &time);
    } else {
      pthread_cond_wait(&turnEnded, &lock);
    }
    code = mine.reason();
  }
  if (!code)
    isTaken = true;
  else if (!isTaken)
    pthread_cond_signal(&turnEnded); // the news is for another
  pthread_mutex_unlock(&lock);
  return code;
}

void ThreadPool::giveTurn() {
  pthread_mutex_lock(&lock);
  isTaken = false;
  pthread_cond_signal(&turnEnded);
  pthread_mutex_unlock(&lock);
}

void ThreadPool::wake() {
  pthread_mutex_lock(&lock);
  pthread_cond_broadcast(&turnEnded);
  pthread_mutex_unlock(&lock);
}

Code ThreadPool::run(const Step *jobSteps, size_t count,
                     const Interrupt &mine) {
  if (Code code = takeTurn(mine))
    return code;
  steps = jobSteps;
  stepCount = count;
  interrupt = &mine;
  ended = SWAGE_OK;
  if (threadCount > 1)
    jobs.advance();
  work(0);
  Code code = ended;
  giveTurn();
  return code;
}

} // namespace swage::runtime
