//===- Array.cpp - Where memory comes from if the caller does not say -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Array.h"
#include <cstdlib>

swage_allocator_t
swage::text::allocatorOrDefault(const swage_allocator_t *allocator) {
  if (allocator)
    return *allocator;
  // No type in this library needs more than malloc's alignment.
  return {nullptr,
          [](void *, size_t size, size_t) -> void * { return malloc(size); },
          [](void *, void *pointer, size_t) { std::free(pointer); }};
}
