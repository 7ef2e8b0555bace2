//===- Interrupt.h - Ending a call before its work is done ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_INTERRUPT_H
#define SWAGE_RUNTIME_CORE_INTERRUPT_H

#include "runtime/core/Status.h"
#include <atomic>
#include <ctime>

namespace swage::runtime {

/// Nanoseconds of the clock that deadlines are measured with.
inline uint64_t monotonicTime() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

/// A session's wish to end its call: another thread asked for it, or its time
/// is up. Drivers look at it at barriers.
class Interrupt {
public:
  /// From any thread.
  void cancel() { cancelled.store(true); }

  /// From the thread that uses the session, between calls: in so many
  /// nanoseconds from now; 0 for no deadline.
  void setDeadline(uint64_t fromNow) {
    uint64_t now = monotonicTime();
    until = !fromNow                     ? 0
            : fromNow > UINT64_MAX - now ? UINT64_MAX
                                         : now + fromNow;
  }
  /// As monotonicTime has it; 0 without one.
  uint64_t deadline() const { return until; }

  /// Why the call should end now; SWAGE_OK if it should not.
  Code reason() const {
    if (cancelled.load(std::memory_order_acquire))
      return SWAGE_CANCELLED;
    return until && monotonicTime() >= until ? SWAGE_DEADLINE_EXCEEDED
                                             : SWAGE_OK;
  }

  /// Fails for `reason`. A cancellation has then had its effect.
  Code end(Code reason, swage_status_t *status) {
    if (reason == SWAGE_DEADLINE_EXCEEDED)
      return fail(status, reason,
                  "the session's deadline passed before the call was done; "
                  "nothing has changed");
    cancelled.store(false);
    return fail(status, reason,
                "the call was cancelled by swage_session_cancel; nothing has "
                "changed");
  }

private:
  std::atomic<bool> cancelled{false};
  uint64_t until = 0;
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_INTERRUPT_H
