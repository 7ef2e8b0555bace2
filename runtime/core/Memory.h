//===- Memory.h - Objects, arrays and pages of memory ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_MEMORY_H
#define SWAGE_RUNTIME_CORE_MEMORY_H

#include "runtime/core/Status.h"
#include <cassert>
#include <new>

namespace swage::runtime {

/// What the caller gave the device, handed on to everything made from it.
struct Host {
  swage_allocator_t allocator;
  swage_logger_t logger;
};

/// The C library's allocator.
swage_allocator_t defaultAllocator();

/// A new T from the allocator; null when there is no memory.
template <typename T> T *create(const Host &host) {
  void *memory =
      host.allocator.allocate(host.allocator.self, sizeof(T), alignof(T));
  return memory ? new (memory) T() : nullptr;
}

/// Ends an object made by `create`.
template <typename T> void destroy(const Host &host, T *object) {
  if (!object)
    return;
  object->~T();
  host.allocator.free(host.allocator.self, object, sizeof(T));
}

/// An array of fixed size from the host's allocator. Unlike std::vector, it
/// reports when there is no memory.
template <typename T> class Array {
public:
  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() {
    for (size_t i = 0; i < count; ++i)
      items[i].~T();
    if (items)
      host->allocator.free(host->allocator.self, items, count * sizeof(T));
  }

  /// Makes `n` value-initialized items; false when there is no memory. Called
  /// once.
  bool allocate(const Host &from, size_t n) {
    assert(!items);
    if (n == 0)
      return true;
    size_t bytes;
    if (__builtin_mul_overflow(n, sizeof(T), &bytes))
      return false;
    void *memory =
        from.allocator.allocate(from.allocator.self, bytes, alignof(T));
    if (!memory)
      return false;
    host = &from;
    items = static_cast<T *>(memory);
    count = n;
    for (size_t i = 0; i < n; ++i)
      new (&items[i]) T();
    return true;
  }

  size_t size() const { return count; }
  T *data() { return items; }
  const T *data() const { return items; }
  T &operator[](size_t i) { return items[i]; }
  const T &operator[](size_t i) const { return items[i]; }
  T *begin() { return items; }
  T *end() { return items + count; }
  const T *begin() const { return items; }
  const T *end() const { return items + count; }

private:
  const Host *host = nullptr;
  T *items = nullptr;
  size_t count = 0;
};

/// Zeroed pages straight from the system, committed when first touched.
class Pages {
public:
  Pages() = default;
  Pages(const Pages &) = delete;
  Pages &operator=(const Pages &) = delete;
  ~Pages();

  /// Reserves `bytes`, with huge pages where the system has them.
  Code allocate(uint64_t bytes, const char *what, swage_status_t *status);

  uint8_t *data() const { return base; }
  uint64_t size() const { return bytes; }

private:
  uint8_t *base = nullptr;
  uint64_t bytes = 0;
};

/// `value` rounded up to a multiple of `alignment`, a power of two.
constexpr uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_MEMORY_H
