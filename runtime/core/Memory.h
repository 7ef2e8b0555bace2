//===- Memory.h - Objects, arrays and pages of memory ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_MEMORY_H
#define SWAGE_RUNTIME_CORE_MEMORY_H

#include "runtime/core/Status.h"
#include <atomic>
#include <cassert>
#include <new>

namespace swage::runtime {

/// What the caller gave the device, handed on to everything made from it, and
/// the account of the memory that all of it takes.
class Host {
public:
  Host(const swage_allocator_t &allocator, const swage_logger_t &logger,
       uint64_t limit)
      : logger(logger), allocator(allocator), limit(limit) {}
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;

  /// Null when the allocator or the limit has no more.
  void *allocate(size_t size, size_t alignment) const;
  void free(void *memory, size_t size) const;

  /// Counts bytes that come from elsewhere; false when they are too many.
  bool charge(uint64_t bytes) const;
  void discharge(uint64_t bytes) const { used.fetch_sub(bytes); }

  uint64_t bytesUsed() const { return used.load(); }
  /// Bytes that may still be taken.
  uint64_t bytesLeft() const;
  bool isLimited() const { return limit != 0; }

  /// The failure of `allocate`; says so if it is the limit's doing.
  Code outOfMemory(const char *what, swage_status_t *status) const;

  const swage_logger_t logger;
  const swage_allocator_t allocator;

private:
  const uint64_t limit; ///< 0: none
  mutable std::atomic<uint64_t> used{0};
};

/// The C library's allocator.
swage_allocator_t defaultAllocator();

/// A new T from the allocator; null when there is no memory.
template <typename T> T *create(const Host &host) {
  void *memory = host.allocate(sizeof(T), alignof(T));
  return memory ? new (memory) T() : nullptr;
}

/// Ends an object made by `create`.
template <typename T> void destroy(const Host &host, T *object) {
  if (!object)
    return;
  object->~T();
  host.free(object, sizeof(T));
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
      host->free(items, count * sizeof(T));
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
    void *memory = from.allocate(bytes, alignof(T));
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
  uint64_t bytes() const { return count * sizeof(T); }
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

  /// Reserves `bytes`, with huge pages where the system has them. Called once.
  Code allocate(const Host &from, uint64_t bytes, const char *what,
                swage_status_t *status);

  uint8_t *data() const { return base; }
  uint64_t size() const { return bytes; }

private:
  const Host *host = nullptr;
  uint8_t *base = nullptr;
  uint64_t bytes = 0;
};

/// `value` rounded up to a multiple of `alignment`, a power of two.
constexpr uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_MEMORY_H
