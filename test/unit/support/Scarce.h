//===- Scarce.h - Memory that runs out once -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_SUPPORT_SCARCE_H
#define SWAGE_TEST_UNIT_SUPPORT_SCARCE_H

#include "swage/base.h"
#include <cstdlib>

namespace swage::test {

/// An allocator whose n-th call fails, that one alone, and that knows what is
/// in use. For one thread.
class Scarce {
public:
  explicit Scarce(long failAt = -1) : failAt(failAt) {}

  swage_allocator_t allocator() {
    return {this,
            [](void *self, size_t size, size_t alignment) -> void * {
              auto &scarce = *static_cast<Scarce *>(self);
              if (scarce.calls++ == scarce.failAt)
                return nullptr;
              scarce.inUse += long(size);
              size_t multiple = alignment < 64 ? 64 : alignment;
              return aligned_alloc(multiple,
                                   (size + multiple - 1) / multiple * multiple);
            },
            [](void *self, void *pointer, size_t size) {
              static_cast<Scarce *>(self)->inUse -= long(size);
              std::free(pointer);
            }};
  }

  long calls = 0; ///< of `allocate`
  long inUse = 0; ///< bytes

private:
  long failAt;
};

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_SUPPORT_SCARCE_H
