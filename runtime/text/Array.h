//===- Array.h - Growable array that reports exhausted memory -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// std::vector can only report exhausted memory by an exception, which this
// library is built without, and takes no allocator object of ours.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_ARRAY_H
#define SWAGE_TEXT_ARRAY_H

#include "swage/base.h"
#include <cstring>
#include <type_traits>

namespace swage::text {

/// `allocator`, or the C library's if it is null.
swage_allocator_t allocatorOrDefault(const swage_allocator_t *allocator);

template <typename T> class Array {
  static_assert(std::is_trivially_copyable_v<T>, "elements are moved as bytes");

public:
  explicit Array(const swage_allocator_t &allocator) : allocator(allocator) {}
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { release(); }

  T *data() { return elements; }
  const T *data() const { return elements; }
  const swage_allocator_t &memory() const { return allocator; }
  T *begin() { return elements; }
  T *end() { return elements + count; }
  size_t size() const { return count; }
  bool empty() const { return count == 0; }
  T &operator[](size_t index) { return elements[index]; }
  const T &operator[](size_t index) const { return elements[index]; }

  void clear() { count = 0; }
  void pop() { --count; }

  /// The functions below return false when memory is exhausted; the array is
  /// then as it was.
  [[nodiscard]] bool reserve(size_t wanted) {
    if (wanted <= capacity)
      return true;
    size_t grown = capacity + capacity / 2;
    size_t next = wanted > grown ? wanted : grown;
    if (next > SIZE_MAX / sizeof(T))
      return false;
    void *memory =
        allocator.allocate(allocator.self, next * sizeof(T), alignof(T));
    if (!memory)
      return false;
    size_t kept = count;
    if (kept)
      std::memcpy(memory, elements, kept * sizeof(T));
    release();
    elements = static_cast<T *>(memory);
    count = kept;
    capacity = next;
    return true;
  }

  [[nodiscard]] bool append(const T &value) {
    T copy = value;
    if (count == capacity && !reserve(count < 8 ? 8 : count + 1))
      return false;
    elements[count++] = copy;
    return true;
  }

  [[nodiscard]] bool append(const T *values, size_t number) {
    if (number > SIZE_MAX - count || !reserve(count + number))
      return false;
    if (number)
      std::memcpy(elements + count, values, number * sizeof(T));
    count += number;
    return true;
  }

  /// Makes the array `number` copies of `value`.
  [[nodiscard]] bool assign(size_t number, const T &value) {
    if (!reserve(number))
      return false;
    for (size_t i = 0; i < number; ++i)
      elements[i] = value;
    count = number;
    return true;
  }

private:
  void release() {
    if (elements)
      allocator.free(allocator.self, elements, capacity * sizeof(T));
    elements = nullptr;
    count = capacity = 0;
  }

  swage_allocator_t allocator;
  T *elements = nullptr;
  size_t count = 0;
  size_t capacity = 0;
};

} // namespace swage::text

#endif // SWAGE_TEXT_ARRAY_H
