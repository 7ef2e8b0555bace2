//===- Memory.cpp - Objects, arrays and pages of memory -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Memory.h"
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace swage::runtime {

swage_allocator_t defaultAllocator() {
  return {nullptr,
          [](void *, size_t size, size_t alignment) -> void * {
            if (alignment <= alignof(max_align_t))
              return malloc(size);
            return aligned_alloc(alignment, alignUp(size, alignment));
          },
          [](void *, void *pointer, size_t) { free(pointer); }};
}

Pages::~Pages() {
  if (base)
    munmap(base, bytes);
}

Code Pages::allocate(uint64_t size, const char *what, swage_status_t *status) {
  assert(!base);
  if (size == 0)
    return SWAGE_OK;
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "cannot reserve %llu bytes for the %s: %s",
                (unsigned long long)size, what, strerror(errno));
#ifdef MADV_HUGEPAGE
  // Only advice; smaller pages work too.
  (void)madvise(memory, size, MADV_HUGEPAGE);
#endif
  base = static_cast<uint8_t *>(memory);
  bytes = size;
  return SWAGE_OK;
}

} // namespace swage::runtime
