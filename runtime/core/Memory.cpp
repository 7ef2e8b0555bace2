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

using ull = unsigned long long;

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

//===----------------------------------------------------------------------===//
// Host
//===----------------------------------------------------------------------===//

void *Host::allocate(size_t size, size_t alignment) const {
  if (!charge(size))
    return nullptr;
  void *memory = allocator.allocate(allocator.self, size, alignment);
  if (!memory)
    discharge(size);
  return memory;
}

void Host::free(void *memory, size_t size) const {
  allocator.free(allocator.self, memory, size);
  discharge(size);
}

bool Host::charge(uint64_t bytes) const {
  uint64_t before = used.load();
  do {
    if (limit && (before > limit || bytes > limit - before))
      return false;
  } while (!used.compare_exchange_weak(before, before + bytes));
  return true;
}

uint64_t Host::bytesLeft() const {
  uint64_t now = used.load();
  return !limit ? UINT64_MAX : now < limit ? limit - now : 0;
}

Code Host::outOfMemory(const char *what, swage_status_t *status) const {
  if (!limit)
    return fail(status, SWAGE_OUT_OF_MEMORY, "cannot allocate %s", what);
  return fail(status, SWAGE_OUT_OF_MEMORY,
              "cannot allocate %s: have %llu bytes in use, require at most "
              "%llu, the device's memory limit",
              what, ull(used.load()), ull(limit));
}

//===----------------------------------------------------------------------===//
// Pages
//===----------------------------------------------------------------------===//

Pages::~Pages() {
  if (!base)
    return;
  munmap(base, bytes);
  host->discharge(bytes);
}

Code Pages::allocate(const Host &from, uint64_t size, const char *what,
                     swage_status_t *status) {
  assert(!base);
  if (size == 0)
    return SWAGE_OK;
  if (!from.charge(size))
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "have %llu bytes left of the device's memory limit, require "
                "%llu for the %s",
                ull(from.bytesLeft()), ull(size), what);
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    from.discharge(size);
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "cannot reserve %llu bytes for the %s: %s", ull(size), what,
                strerror(errno));
  }
#ifdef MADV_HUGEPAGE
  // Only advice; smaller pages work too.
  (void)madvise(memory, size, MADV_HUGEPAGE);
#endif
  host = &from;
  base = static_cast<uint8_t *>(memory);
  bytes = size;
  return SWAGE_OK;
}

} // namespace swage::runtime
