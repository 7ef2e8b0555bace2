//===- InterruptTest.cpp - Cancelled calls, deadlines and callbacks -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "runtime/core/Driver.h"
#include <atomic>
#include <functional>
#include <thread>

using namespace toy;
using namespace swage::runtime;

namespace {

constexpr char kCancelled[] =
    "the call was cancelled by swage_session_cancel; nothing has changed";
constexpr char kLate[] = "the session's deadline passed before the call was "
                         "done; nothing has changed";

class Interrupts : public Runtime {
protected:
  /// What appending says.
  std::string append(swage_sequence_t id, const std::vector<int32_t> &tokens) {
    swage_matrix_t logits;
    swage_session_append(session, id, tokens.data(), tokens.size(), &logits,
                         &status);
    return status.message;
  }

  /// Calls `then` after each dispatch of the session.
  void afterEach(std::function<void()> *then) {
    swage_session_set_profile(
        session,
        [](void *self, const swage_profile_event_t *) {
          (*static_cast<std::function<void()> *>(self))();
        },
        then);
  }
};

/// A job for a driver, of kernels that are functions here.
struct Job {
  void add(swage_cpu_kernel_t kernel) {
    Step step;
    step.kernel = reinterpret_cast<const void *>(kernel);
    step.grid = 64;
    step.bindings[0] = this;
    steps.push_back(step);
    steps.push_back(Step()); // a barrier
  }
  static Job &of(const swage_cpu_dispatch_t *dispatch) {
    return *static_cast<Job *>(dispatch->bindings[0]);
  }

  std::vector<Step> steps;
  Interrupt interrupt;
  std::atomic<int> items{0};
  std::atomic<bool> isHeld{false}, isReached{false};
};

void countItems(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  Job::of(d).items += int(end - begin);
}
void cancelItself(const swage_cpu_dispatch_t *d, uint64_t, uint64_t) {
  Job::of(d).interrupt.cancel();
}
void waitWhileHeld(const swage_cpu_dispatch_t *d, uint64_t, uint64_t) {
  Job::of(d).isReached = true;
  while (Job::of(d).isHeld)
    std::this_thread::yield();
}

class Drivers : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    ASSERT_EQ(createCpuDriver(host, uint32_t(GetParam()), &driver, nullptr),
              SWAGE_OK);
  }
  void TearDown() override { driver->destroy(); }
  Code run(Job &job) {
    return driver->run(job.steps.data(), job.steps.size(), job.interrupt);
  }

  Host host{defaultAllocator(), {}, 0};
  Driver *driver = nullptr;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

TEST_F(Interrupts, CancelEndsTheNextCallIfNoneRuns) {
  open(sessionOptions(2, 4), 2);
  swage_sequence_t id = newSequence();
  run(id, {1, 2, 3});
  swage_session_cancel(session);
  swage_session_cancel(session);
  EXPECT_EQ(append(id, {4, 5}), kCancelled);
  EXPECT_EQ(status.code, SWAGE_CANCELLED);
  EXPECT_EQ(length(id), 3u);
  // It had its effect, however often it was asked for.
  EXPECT_EQ(run(id, {4})[0], expectedLogit({1, 2, 3, 4}, 0, 3));
}

TEST_F(Interrupts, CancelledAnywhereNothingChanges) {
  open(sessionOptions(3, 4), 2);
  std::vector<int32_t> prompt = {1, 2, 3, 4, 5}, more = {6, 7, 8, 9, 10, 11};
  std::vector<int32_t> all = prompt;
  all.insert(all.end(), more.begin(), more.end());
  swage_sequence_t id = newSequence(), fork;
  run(id, prompt);
  // The calls of the extension have two chunks of four dispatches.
  for (int stopAfter = 1; stopAfter <= 8; ++stopAfter) {
    ASSERT_EQ(swage_sequence_fork(session, id, &fork, &status), SWAGE_OK);
    int dispatches = 0;
    std::function<void()> cancel = [&] {
      if (++dispatches == stopAfter)
        swage_session_cancel(session);
    };
    afterEach(&cancel);
    std::string message = append(fork, more);
    swage_session_set_profile(session, nullptr, nullptr);
    if (stopAfter < 8) {
      EXPECT_EQ(message, kCancelled);
      EXPECT_EQ(dispatches, stopAfter);
      EXPECT_EQ(length(fork), 5u);
    } else {
      // Too late: it counts for the next call.
      EXPECT_EQ(message, "");
      EXPECT_EQ(append(id, {1}), kCancelled);
      ASSERT_EQ(swage_sequence_truncate(session, fork, 5, &status), SWAGE_OK);
    }
    std::vector<float> logits = run(fork, more);
    EXPECT_EQ(logits[logits.size() - size_t(kColumns)],
              expectedLogit(all, 0, int(all.size()) - 1));
    ASSERT_EQ(swage_sequence_destroy(session, fork, &status), SWAGE_OK);
  }
  EXPECT_EQ(run(id, {6})[0], expectedLogit({1, 2, 3, 4, 5, 6}, 0, 5));
}

TEST_F(Interrupts, DeadlineEndsCallsUntilItIsTakenAway) {
  open(sessionOptions(1, 4), 2);
  swage_sequence_t id = newSequence();
  swage_session_set_deadline(session, 1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(append(id, {1}), kLate);
    EXPECT_EQ(status.code, SWAGE_DEADLINE_EXCEEDED);
    EXPECT_EQ(length(id), 0u);
  }
  swage_session_set_deadline(session, 3600ull * 1000000000u);
  EXPECT_EQ(append(id, {1}), "");
  swage_session_set_deadline(session, UINT64_MAX);
  EXPECT_EQ(append(id, {1}), "");
  swage_session_set_deadline(session, 1);
  swage_session_set_deadline(session, 0);
  EXPECT_EQ(run(id, {2})[0], expectedLogit({1, 1, 2}, 0, 2));
}

TEST_F(Interrupts, EncodeIsCancelledToo) {
  openDevice(2);
  Model model;
  model.makeEncoder();
  load(model);
  openSession(sessionOptions(1, 4));
  int32_t tokens[] = {1, 2, 3, 4};
  uint32_t lengths[] = {2, 2};
  swage_texts_t texts = SWAGE_ZERO;
  texts.size = sizeof(texts);
  texts.tokens = tokens;
  texts.row_count = 4;
  texts.lengths = lengths;
  texts.text_count = 2;
  float pooled[2 * kColumns];
  swage_output_t output = {"pooler_output", pooled, 2 * kColumns};
  // Each text is a piece of five dispatches; this is in the second.
  int dispatches = 0;
  std::function<void()> cancel = [&] {
    if (++dispatches == 7)
      swage_session_cancel(session);
  };
  afterEach(&cancel);
  EXPECT_EQ(swage_session_encode(session, &texts, &output, 1, &status),
            SWAGE_CANCELLED);
  EXPECT_EQ(dispatches, 7);
  // The sequences that it borrowed are free again.
  EXPECT_EQ(swage_session_encode(session, &texts, &output, 1, &status),
            SWAGE_OK);
  EXPECT_EQ(pooled[kColumns], expectedHidden({3, 4}, {}, 0));
}

/// Cancels at any time, and everything that is computed is right.
TEST_F(Interrupts, CancelledFromAnotherThread) {
  open(sessionOptions(1, 4), 2);
  swage_sequence_t id = newSequence();
  // Few enough, and with pauses long enough, for calls to get through where
  // they are slow. One that meets no call ends the next one, so some are ended.
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (int i = 0; i < 120; ++i) {
      swage_session_cancel(session);
      std::this_thread::sleep_for(std::chrono::microseconds(50 << i % 8));
    }
    done = true;
  });
  std::vector<int32_t> all;
  int cancelled = 0;
  while (!done) {
    if (all.size() == 60) {
      ASSERT_EQ(swage_sequence_truncate(session, id, 0, &status), SWAGE_OK);
      all.clear();
    }
    all.push_back(int32_t(all.size()) % kVocabulary);
    swage_matrix_t logits;
    swage_status_code_t code;
    while ((code = swage_session_append(session, id, &all.back(), 1, &logits,
                                        &status)) == SWAGE_CANCELLED)
      ++cancelled;
    ASSERT_EQ(code, SWAGE_OK) << status.message;
    ASSERT_EQ(logits.data[0], expectedLogit(all, 0, int(all.size()) - 1));
  }
  other.join();
  EXPECT_GT(cancelled, 0);
}

/// A callback may use other objects, of the same module too.
TEST_F(Interrupts, CallbacksMayCallSwage) {
  open(sessionOptions(1, 4), 2);
  swage_session_t *inner = nullptr;
  swage_session_options_t options = sessionOptions(1, 4);
  ASSERT_EQ(swage_session_create(module, &options, &inner, &status), SWAGE_OK);
  swage_sequence_t id;
  ASSERT_EQ(swage_sequence_create(inner, &id, &status), SWAGE_OK);
  std::vector<int32_t> all;
  std::function<void()> forward = [&] {
    all.push_back(int32_t(all.size()));
    swage_matrix_t logits;
    ASSERT_EQ(swage_session_append(inner, id, &all.back(), 1, &logits, nullptr),
              SWAGE_OK);
    EXPECT_EQ(logits.data[0], expectedLogit(all, 0, int(all.size()) - 1));
    EXPECT_EQ(swage_device_threads(device), 2u);
  };
  afterEach(&forward);
  EXPECT_EQ(run(newSequence(), {7})[0], expectedLogit({7}, 0, 0));
  EXPECT_EQ(all.size(), 4u);
  swage_session_destroy(inner);
}

//===----------------------------------------------------------------------===//
// The pool
//===----------------------------------------------------------------------===//

TEST_P(Drivers, LeavesAtTheNextBarrier) {
  Job job;
  job.add(countItems);
  job.add(cancelItself);
  job.add(countItems);
  EXPECT_EQ(run(job), SWAGE_CANCELLED);
  EXPECT_EQ(job.items, 64);
  // The next job is not concerned.
  Job next;
  next.add(countItems);
  EXPECT_EQ(run(next), SWAGE_OK);
  EXPECT_EQ(next.items, 64);
}

/// A call that waits for its turn ends while another runs on.
TEST_P(Drivers, DoesNotWaitForItsTurn) {
  Job holder, cancelled, late, patient;
  holder.add(waitWhileHeld);
  holder.isHeld = true;
  for (Job *job : {&cancelled, &late, &patient})
    job->add(countItems);
  std::thread first([&] { EXPECT_EQ(run(holder), SWAGE_OK); });
  while (!holder.isReached)
    std::this_thread::yield();
  std::atomic<int> ended{0};
  std::thread second([&] {
    EXPECT_EQ(run(cancelled), SWAGE_CANCELLED);
    ++ended;
  });
  late.interrupt.setDeadline(1000000);
  std::thread third([&] {
    EXPECT_EQ(run(late), SWAGE_DEADLINE_EXCEEDED);
    ++ended;
  });
  std::thread fourth([&] { EXPECT_EQ(run(patient), SWAGE_OK); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  cancelled.interrupt.cancel();
  driver->wake();
  second.join();
  third.join();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(patient.items, 0);
  holder.isHeld = false;
  first.join();
  fourth.join();
  EXPECT_EQ(cancelled.items + late.items, 0);
  EXPECT_EQ(patient.items, 64);
}

INSTANTIATE_TEST_SUITE_P(Threads, Drivers, testing::Values(1, 2, 4));
