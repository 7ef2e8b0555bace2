//===- SystemCalls.h - Watching what the runtime asks of the system -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The linker puts these functions in the place of the system's (--wrap), for
// the libraries under test as for the test. So the libraries need no seam.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_RUNTIME_SYSTEMCALLS_H
#define SWAGE_TEST_UNIT_RUNTIME_SYSTEMCALLS_H

#include "swage/base.h"

namespace swage::test {

/// What has happened since `watch`, on the thread that called it.
struct SystemCalls {
  long calls = 0;   ///< that can fail: mmap, mprotect, open, fstat, threads
  long failAt = -1; ///< the one that does; -1: none
  long heap = 0;    ///< uses of the C library's heap, or of operator new
  long mapped = 0;  ///< mappings that were made and not ended
  long opened = 0;  ///< files that were opened and not closed
};

/// Counts into `calls` from now on, until it is null.
void watch(SystemCalls *calls);

/// Does not count while it lives: for callbacks of a test.
class Unwatched {
public:
  Unwatched();
  ~Unwatched();
  Unwatched(const Unwatched &) = delete;
  Unwatched &operator=(const Unwatched &) = delete;

private:
  SystemCalls *watched;
};

/// The same allocator, whose own calls do not count. It outlives the result.
inline swage_allocator_t unwatched(swage_allocator_t &allocator) {
  return {&allocator,
          [](void *self, size_t size, size_t alignment) {
            Unwatched callback;
            auto &inner = *static_cast<swage_allocator_t *>(self);
            return inner.allocate(inner.self, size, alignment);
          },
          [](void *self, void *pointer, size_t size) {
            Unwatched callback;
            auto &inner = *static_cast<swage_allocator_t *>(self);
            inner.free(inner.self, pointer, size);
          }};
}

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_RUNTIME_SYSTEMCALLS_H
