//===- Numbers.h - Buffers of every element type for kernel tests ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_CPU_NUMBERS_H
#define SWAGE_TEST_UNIT_CPU_NUMBERS_H

#include "targets/cpu/KernelSpecs.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

namespace swage::cpu::test {

/// A 64-byte aligned buffer of one element type, read and written as doubles.
class Buffer {
public:
  Buffer(Element element, int64_t size)
      : element(element), size(size),
        memory(static_cast<char *>(std::aligned_alloc(
            64, (size * elementBytes(element) + 127) / 64 * 64))) {
    fillNaN();
  }

  /// What must not be read shall be noticed.
  void fillNaN() { std::memset(memory.get(), 0xff, bytes()); }

  size_t bytes() const { return size * elementBytes(element); }
  void *data() const { return memory.get(); }

  double get(int64_t i) const {
    if (element == Element::F32)
      return at<float>(i);
    if (element == Element::F16)
      return at<_Float16>(i);
    uint32_t bits = uint32_t(at<uint16_t>(i)) << 16;
    float f;
    std::memcpy(&f, &bits, 4);
    return f;
  }

  void set(int64_t i, float v) {
    if (element == Element::F32)
      at<float>(i) = v;
    else if (element == Element::F16)
      at<_Float16>(i) = static_cast<_Float16>(v);
    else
      at<uint16_t>(i) = toBf16(v);
  }

  /// Rounded to nearest, ties to even; `v` is finite.
  static uint16_t toBf16(float v) {
    uint32_t bits;
    std::memcpy(&bits, &v, 4);
    return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }

  /// Relative distance of two neighbours of the element type.
  static double epsilon(Element e) {
    return e == Element::F32 ? 0x1p-23 : e == Element::F16 ? 0x1p-10 : 0x1p-7;
  }

  const Element element;
  const int64_t size;

private:
  template <typename T> T &at(int64_t i) const {
    return reinterpret_cast<T *>(memory.get())[i];
  }
  struct Free {
    void operator()(char *p) const { std::free(p); }
  };
  std::unique_ptr<char, Free> memory;
};

/// Seeded values, normal with unit variance: the same on every machine up to
/// the standard library.
class Random {
public:
  explicit Random(uint32_t seed) : engine(seed) {}
  float next() { return normal(engine); }

private:
  std::mt19937 engine;
  std::normal_distribution<float> normal;
};

/// The function in double precision.
inline double apply(Function function, double x) {
  switch (function) {
  case Function::Silu:
    return x / (1 + std::exp(-x));
  case Function::Gelu:
    return x * 0.5 * std::erfc(-x * M_SQRT1_2);
  case Function::GeluTanh:
    return x * 0.5 *
           (1 + std::tanh(std::sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
  case Function::Relu:
    return std::max(x, 0.0);
  case Function::Tanh:
    return std::tanh(x);
  case Function::Sigmoid:
    return 1 / (1 + std::exp(-x));
  }
  llvm_unreachable("all functions are handled");
}

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_NUMBERS_H
